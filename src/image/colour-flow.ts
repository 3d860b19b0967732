import { bitmap, morph, type Bitmap } from './bitmap.ts';
import type { Frame } from './flicker.ts';
import { filled } from './mask.ts';
import { polygonArea, type Point } from './polygon.ts';

// Flow is a patch of colour that changes. Traces and letters are thin, and logos stand still.

/** A patch that is nowhere wider than twice this share of the frame's width is a trace or a letter. */
const thinness = 1 / 220;
/** Grey levels by which a pixel changes at least, where it is no burned-in mark. */
const changeMin = 24;

/** The greatest share of the polygon that patches of changing colour cover in any frame, 0 to 1. `coloured` lists the coloured pixels of each frame. */
export function flowShare(
  frames: readonly Frame[],
  coloured: readonly (readonly number[])[],
  polygon: readonly Point[],
): number {
  const [first] = frames;
  if (!first) return 0;
  const isCounted = changing(frames, filled(polygon, first));
  const patches = coloured.map((pixels) => patchArea(pixels.filter(isCounted), first));
  return Math.max(...patches) / polygonArea(polygon);
}

/** What remains when thin things have fallen off. */
function patchArea(pixels: readonly number[], size: Pick<Frame, 'width' | 'height'>): number {
  const reach = Math.max(1, Math.round(thinness * size.width));
  const opened = morph(morph(excerpt(pixels, size, reach), reach, 'shrink'), reach, 'grow');
  return opened.bits.reduce((sum, bit) => sum + bit, 0);
}

/** The part of a picture that holds the pixels, and as much around them as there is, up to `margin`. */
function excerpt(
  pixels: readonly number[],
  { width, height }: Pick<Frame, 'width' | 'height'>,
  margin: number,
): Bitmap {
  let [left, right] = [width, 0];
  for (const pixel of pixels) [left, right] = [Math.min(left, pixel % width), Math.max(right, (pixel % width) + 1)];
  if (right === 0) return bitmap(0, 0);
  const [x0, x1] = [Math.max(0, left - margin), Math.min(width, right + margin)];
  const y0 = Math.max(0, Math.trunc(pixels[0]! / width) - margin);
  const y1 = Math.min(height, Math.trunc(pixels.at(-1)! / width) + 1 + margin);
  const part = bitmap(x1 - x0, y1 - y0);
  for (const pixel of pixels) part.bits[(Math.trunc(pixel / width) - y0) * part.width + (pixel % width) - x0] = 1;
  return part;
}

/** Tells where within the bits given colour comes, goes or turns into another. */
function changing(frames: readonly Frame[], { bits: within }: Bitmap): (pixel: number) => boolean {
  const [unknown, still, changes] = [0, 1, 2];
  const known = new Uint8Array(within.length);
  return (pixel) => {
    if (within[pixel] === 0) return false;
    if (known[pixel] === unknown) known[pixel] = doesChange(frames, pixel) ? changes : still;
    return known[pixel] === changes;
  };
}

/** Whether frames are far apart at a pixel, in any channel. */
function doesChange(frames: readonly Frame[], pixel: number): boolean {
  for (let at = 3 * pixel; at < 3 * pixel + 3; at++) {
    let [lowest, highest] = [255, 0];
    for (const { data } of frames) {
      const value = data[at]!;
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
      if (highest - lowest >= changeMin) return true;
    }
  }
  return false;
}
