import { spans, type Point } from './polygon.ts';
import type { Frame } from './flicker.ts';

/** A copy of an RGB frame that is black outside the polygon. */
export function maskOutside({ data, width, height }: Frame, polygon: readonly Point[]): Uint8Array {
  const masked = new Uint8Array(data.length);
  for (const { y, from, to } of spans(polygon, width, height)) {
    const [start, end] = [3 * (y * width + from), 3 * (y * width + to)];
    masked.set(data.subarray(start, end), start);
  }
  return masked;
}
