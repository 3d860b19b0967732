import { morph, type Bitmap } from './bitmap.ts';
import type { Frame } from './flicker.ts';
import { filled } from './mask.ts';
import { polygonArea, type Point } from './polygon.ts';

// Flow is a patch of colour that changes. Traces and letters are thin, and logos stand still.

/** A patch that is nowhere wider than twice this share of the frame's width is a trace or a letter. */
const thinness = 1 / 220;
/** Grey levels by which a pixel changes at least, where it is no burned-in mark. */
const changeMin = 24;

/** The greatest share of the polygon that patches of changing colour cover in any frame, 0 to 1. `coloured` says which pixels are coloured, frame by frame. */
export function flowShare(frames: readonly Frame[], coloured: readonly Bitmap[], polygon: readonly Point[]): number {
  const [first] = frames;
  if (!first) return 0;
  const counted = changing(frames, coloured, filled(polygon, first));
  if (!counted.includes(1)) return 0;
  const patches = coloured.map(({ width, height, bits }) => {
    const both = bits.map((bit, pixel) => bit & counted[pixel]!);
    return both.includes(1) ? patchArea({ width, height, bits: both }) : 0;
  });
  return Math.max(...patches) / polygonArea(polygon);
}

/** What remains when thin things have fallen off. */
function patchArea(picture: Bitmap): number {
  const reach = Math.max(1, Math.round(thinness * picture.width));
  const opened = morph(morph(picture, reach, 'shrink'), reach, 'grow');
  return opened.bits.reduce((sum, bit) => sum + bit, 0);
}

/** Where within the bits given colour comes, goes or turns into another. */
function changing(frames: readonly Frame[], coloured: readonly Bitmap[], { bits: within }: Bitmap): Uint8Array {
  const result = new Uint8Array(within.length);
  for (const { bits } of coloured)
    for (let pixel = bits.indexOf(1); pixel >= 0; pixel = bits.indexOf(1, pixel + 1))
      if (within[pixel] === 1 && result[pixel] === 0 && changeOf(frames, pixel) >= changeMin) result[pixel] = 1;
  return result;
}

/** How far apart the frames are at a pixel, in the channel that changes most. */
function changeOf(frames: readonly Frame[], pixel: number): number {
  let most = 0;
  for (let at = 3 * pixel; at < 3 * pixel + 3; at++) {
    let [lowest, highest] = [255, 0];
    for (const { data } of frames) {
      const value = data[at]!;
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
    }
    if (highest - lowest > most) most = highest - lowest;
  }
  return most;
}
