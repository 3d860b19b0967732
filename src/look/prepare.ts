import { decodeFrames } from '#dicom/pixels/decode';
import { readHeader } from '#dicom/header';
import type { PreparedClip } from '#domain/clip';
import { isFlow } from '#domain/eligibility';
import { hasColourBar } from '#image/colour-bar';
import { flowShare } from '#image/colour-flow';
import { cropAndScale, cropBox } from '#image/crop-and-scale';
import { filled, maskOf } from '#image/mask';
import { meanMotion } from '#image/motion';
import { boxAround, type Point } from '#image/polygon';
import type { Bounds, Frame } from '#image/flicker';
import { findSector } from '#image/sector';
import { clearlyColoured, colouredPixels, tintOf, type Tint } from '#image/tint';
import { paintOver, tracePixels } from '#image/traces';
import type { Preparation } from '#src/ports';

/** Decodes the frames asked for, keeps what lies in the sector, and crops and scales as the model's authors do. */
export async function prepareClip(path: string, { frameIndices, size, region }: Preparation): Promise<PreparedClip> {
  const { sopInstance } = readHeader(path);
  const { rows: height, columns: width, pixels } = await decodeFrames(path, frameIndices);
  const frames: Frame[] = pixels.map((data) => ({ data, width, height }));
  const sector = findSector(frames, region);
  const crop = cropBox(width, height);
  const input = new Uint8Array(frames.length * size * size * 3);
  const { shown, facts } = sector ? within(frames, sector) : { shown: frames, facts: { coloured: 0, motion: 0 } };
  let at = 0;
  for (const { data } of shown) {
    input.set(cropAndScale({ data, width, height, channels: 3 }, crop, size), at);
    at += size * size * 3;
  }
  return { sopInstance, pixels: input, size, frameIndices, crop, facts };
}

/** The frames with nothing but the sector in them, one at a time, and what is to be known of it. */
function within(frames: readonly Frame[], sector: readonly Point[]) {
  const known = { tint: tintOf(frames, sector), bounds: around(sector, frames[0]!) };
  const clear = frames.map((frame) => colouredPixels(frame, { ...known, least: clearlyColoured }));
  const coloured = flowShare(frames, clear, sector);
  const colourBar = hasColourBar(frames[0]!, sector);
  const facts = { sector, coloured, motion: meanMotion(frames, sector), ...(colourBar && { colourBar }) };
  return { shown: masked(frames, sector, isFlow(coloured) ? undefined : { ...known, clear }), facts };
}

/** Each frame is to be used before the next one is asked for: they share their memory. */
function* masked(
  frames: readonly Frame[],
  sector: readonly Point[],
  traces?: { readonly tint: Tint; readonly bounds: Bounds; readonly clear: readonly (readonly number[])[] },
): Generator<Frame> {
  const [first] = frames as readonly [Frame];
  const [mask, inside, data] = [maskOf(sector, first), filled(sector, first), new Uint8Array(first.data.length)];
  for (const [index, frame] of frames.entries()) {
    mask(frame, data);
    if (traces) paintOver({ ...frame, data }, tracePixels(frame, traces.clear[index]!, traces), inside);
    yield { ...frame, data };
  }
}

/** A trace is known by its colour; where but its blurred rim reaches into the sector, its colour stands this many pixels beside it. */
const besides = 8;

function around(sector: readonly Point[], { width, height }: Frame): Bounds {
  const { x0, y0, x1, y1 } = boxAround(sector);
  return {
    x0: Math.max(0, Math.floor(x0) - besides),
    y0: Math.max(0, Math.floor(y0) - besides),
    x1: Math.min(width, Math.ceil(x1) + besides),
    y1: Math.min(height, Math.ceil(y1) + besides),
  };
}
