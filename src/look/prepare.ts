import { decodeFrames } from '#dicom/pixels/decode';
import { readHeader } from '#dicom/header';
import type { PreparedClip } from '#domain/clip';
import { cropAndScale, cropBox } from '#image/crop-and-scale';
import { maskOf } from '#image/mask';
import { colouredShare, meanMotion } from '#image/pixel-facts';
import { findSector, type Frame } from '#image/sector';
import { paintOverColours } from '#image/traces';
import type { Preparation } from '#src/ports';

/** Share of clearly coloured pixels up to which they are traces and marks; beyond it they are flow, or a tint. */
const tracesMax = 0.02;

/** Decodes the frames asked for, keeps what lies in the sector, and crops and scales as the model's authors do. */
export async function prepareClip(path: string, { frameIndices, size, region }: Preparation): Promise<PreparedClip> {
  const { sopInstance } = readHeader(path);
  const { rows: height, columns: width, pixels } = await decodeFrames(path, frameIndices);
  const frames: Frame[] = pixels.map((data) => ({ data, width, height }));
  const sector = findSector(frames, region);
  const crop = cropBox(width, height);
  const input = new Uint8Array(frames.length * size * size * 3);
  const mask = sector ? maskOf(sector, { width, height }) : ({ data }: Frame) => data;
  const coloured = sector ? colouredShare(frames, sector) : 0;
  for (const [index, frame] of frames.entries()) {
    const data = mask(frame);
    if (sector && coloured > 0 && coloured <= tracesMax) paintOverColours({ data, width, height });
    input.set(cropAndScale({ data, width, height, channels: 3 }, crop, size), index * size * size * 3);
  }
  return {
    sopInstance,
    pixels: input,
    size,
    frameIndices,
    crop,
    facts: {
      ...(sector && { sector }),
      coloured,
      motion: sector ? meanMotion(frames, sector) : 0,
    },
  };
}
