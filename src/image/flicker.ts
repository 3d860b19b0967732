import type { Bitmap } from './bitmap.ts';

export interface Frame {
  /** RGB, interleaved. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface Bounds {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** How much a picture changes, in blocks of pixels. */
export interface Flicker {
  /** At least a third of a block's pixels change by so many grey levels, which are told up to `enough`; 0 outside the bounds. */
  readonly levels: Uint8Array;
  /** In blocks. */
  readonly width: number;
  readonly height: number;
}

/**
 * Measures how much each block of pixels changes. A pixel's darkest and brightest frames do not count: a marker that
 * sweeps over an ECG passes it once, speckle never rests. Green stands for grey: the search needs no colours.
 */
export function flickerOf(
  frames: readonly [Frame, ...Frame[]],
  { x0, y0, x1, y1 }: Bounds,
  { block, enough }: { readonly block: number; readonly enough: number },
): Flicker {
  const size = frames[0];
  const [width, height] = [Math.ceil(size.width / block), Math.ceil(size.height / block)];
  const levels = new Uint8Array(width * height);
  const range = createRange(frames, enough);
  const needed = Math.ceil((block * block) / 3);
  const counts = new Uint16Array(enough + 1); // of a block's pixels, by their level
  for (let index = 0; index < levels.length; index++) {
    const [left, top] = [(index % width) * block, Math.trunc(index / width) * block];
    const [right, bottom] = [Math.min(left + block, size.width, x1), Math.min(top + block, size.height, y1)];
    counts.fill(0);
    for (let y = Math.max(top, y0); y < bottom && counts[enough]! < needed; y++)
      for (let x = Math.max(left, x0); x < right; x++) counts[range(3 * (y * size.width + x) + 1)]!++;
    levels[index] = levelOf(counts, needed);
  }
  return { levels, width, height };
}

/** The level that as many as are needed reach. */
function levelOf(counts: Uint16Array, needed: number): number {
  let level = counts.length - 1;
  for (let sum = counts[level]!; sum < needed && level > 0; sum += counts[level]!) level--;
  return level;
}

/** One frame in so many counts neither at the dark end nor at the bright one. */
const passedOver = 10;

/** The range of the values that stand at one place of all frames, without the outermost ones, up to `enough`. */
function createRange(frames: readonly Frame[], enough: number): (at: number) => number {
  const skipped = Math.trunc(frames.length / passedOver);
  const sources = scattered(frames.map(({ data }) => data));
  const lowest = new Uint8Array(skipped + 1);
  const highest = new Uint8Array(skipped + 1);
  return (at) => {
    if (isConstant(sources, at)) return 0;
    // Five values as a rule: a call that fills them takes longer.
    for (let place = 0; place <= skipped; place++) {
      lowest[place] = 255;
      highest[place] = 0;
    }
    let low = 255;
    let high = 0;
    for (let frame = 0; frame < sources.length && high - low < enough; frame++) {
      const value = sources[frame]![at]!;
      if (value < low) low = insert(lowest, value, -1);
      if (value > high) high = insert(highest, value, 1);
    }
    return high <= low ? 0 : high - low < enough ? high - low : enough;
  };
}

/** As where a scanner draws nothing. */
function isConstant(sources: readonly Uint8Array[], at: number): boolean {
  const value = sources[0]![at]!;
  for (let frame = 1; frame < sources.length; frame++) if (sources[frame]![at]! !== value) return false;
  return true;
}

/** The same in another order: neighbours in time are alike, and from those far apart a change is seen soon. */
function scattered<T>(row: readonly T[]): readonly T[] {
  const stride = Math.ceil(Math.sqrt(row.length));
  return Array.from({ length: stride }, (_, start) => row.filter((_, index) => index % stride === start)).flat();
}

/** Puts a value into a row that is sorted from the outermost on, whose last one falls off; returns the new last one. */
function insert(row: Uint8Array, value: number, sign: 1 | -1): number {
  let at = row.length - 1;
  for (; at > 0 && (value - row[at - 1]!) * sign > 0; at--) row[at] = row[at - 1]!;
  row[at] = value;
  return row[row.length - 1]!;
}

/** The blocks that flicker by `least` grey levels. */
export function flickeringBlocks({ levels, width, height }: Flicker, least: number): Bitmap {
  return { width, height, bits: levels.map((level) => (level >= least ? 1 : 0)) };
}
