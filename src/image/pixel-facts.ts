import { spans, type Point } from './polygon.ts';
import type { Frame } from './flicker.ts';

/** Channels this far apart are a colour, not a tint or the noise of a codec. */
export const colourMin = 48;

/** Share of clearly coloured pixels within the polygon over all frames, 0 to 1. */
export function colouredShare(frames: readonly Frame[], polygon: readonly Point[]): number {
  let [coloured, all] = [0, 0];
  for (const { data, width, height } of frames) {
    for (const { y, from, to } of spans(polygon, width, height)) {
      coloured += colouredIn(data.subarray(3 * (y * width + from), 3 * (y * width + to)));
      all += to - from;
    }
  }
  return all === 0 ? 0 : coloured / all;
}

function colouredIn(row: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < row.length; at += 3) {
    const [red, green, blue] = [row[at]!, row[at + 1]!, row[at + 2]!];
    if (Math.max(red, green, blue) - Math.min(red, green, blue) >= colourMin) count++;
  }
  return count;
}

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
