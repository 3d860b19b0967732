import type { Bitmap } from './bitmap.ts';
import { spans, type Point } from './polygon.ts';
import type { Frame } from './flicker.ts';

/** The polygon as yes in a picture of a size. */
export function filled(polygon: readonly Point[], { width, height }: Pick<Frame, 'width' | 'height'>): Bitmap {
  const bits = new Uint8Array(width * height);
  for (const { y, from, to } of spans(polygon, width, height)) bits.fill(1, y * width + from, y * width + to);
  return { width, height, bits };
}

/** Makes copies of RGB frames of one size that are black outside the polygon, into an array that was black there before if one is given. */
export function maskOf(
  polygon: readonly Point[],
  { width, height }: Pick<Frame, 'width' | 'height'>,
): (frame: Frame, into?: Uint8Array) => Uint8Array {
  const inside = Array.from(spans(polygon, width, height), ({ y, from, to }) => ({
    start: 3 * (y * width + from),
    end: 3 * (y * width + to),
  }));
  return ({ data }, masked = new Uint8Array(data.length)) => {
    for (const { start, end } of inside) masked.set(data.subarray(start, end), start);
    return masked;
  };
}

/** A copy of an RGB frame that is black outside the polygon. */
export function maskOutside(frame: Frame, polygon: readonly Point[]): Uint8Array {
  return maskOf(polygon, frame)(frame);
}
