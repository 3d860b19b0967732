import type { Frame } from './flicker.ts';
import { spans, type Point } from './polygon.ts';

/** Mean absolute difference between neighbouring frames within the polygon, in grey levels. */
export function meanMotion(frames: readonly Frame[], polygon: readonly Point[]): number {
  let [sum, count] = [0, 0];
  for (let index = 1; index < frames.length; index++) {
    const [before, after] = [frames[index - 1]!, frames[index]!];
    for (const { y, from, to } of spans(polygon, after.width, after.height)) {
      for (let at = 3 * (y * after.width + from) + 1; at < 3 * (y * after.width + to); at += 3) {
        sum += Math.abs(after.data[at]! - before.data[at]!);
        count++;
      }
    }
  }
  return count === 0 ? 0 : sum / count;
}
