import type { Frame } from './flicker.ts';
import { spans, type Point } from './polygon.ts';

/** Mean absolute difference between neighbouring frames (of one size) within the polygon, in grey levels. */
export function meanMotion(frames: readonly Frame[], polygon: readonly Point[]): number {
  const [first, ...others] = frames;
  if (!first || others.length === 0) return 0;
  const inside = [...spans(polygon, first.width, first.height)];
  let sum = 0;
  for (const [index, { data, width }] of others.entries())
    for (const { y, from, to } of inside)
      sum += difference(frames[index]!.data, data, { start: 3 * (y * width + from) + 1, end: 3 * (y * width + to) });
  const count = inside.reduce((pixels, { from, to }) => pixels + to - from, 0) * others.length;
  return count === 0 ? 0 : sum / count;
}

/** Summed over every third byte. Written without a branch: which frame is the brighter one is anyone's guess. */
function difference(before: Uint8Array, after: Uint8Array, { start, end }: { start: number; end: number }): number {
  let sum = 0;
  for (let at = start; at < end; at += 3) {
    const change = after[at]! - before[at]!;
    const sign = change >> 31;
    sum += (change ^ sign) - sign;
  }
  return sum;
}
