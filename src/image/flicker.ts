import { bitmap, type Bitmap } from './bitmap.ts';

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

/** Grey levels between a dark and a bright frame of each pixel; 0 outside the bounds. */
export interface Flicker {
  readonly levels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Measures how much each pixel changes. Its darkest and brightest frames do not count: a marker that sweeps over an ECG
 * passes a pixel once, speckle never rests. Green stands for grey: the search needs no colours.
 */
export function flickerOf(frames: readonly [Frame, ...Frame[]], bounds: Bounds): Flicker {
  const { width, height } = frames[0];
  const levels = new Uint8Array(width * height);
  const range = createRange(frames);
  const [x0, x1] = [Math.max(0, bounds.x0), Math.min(width, bounds.x1)];
  for (let y = Math.max(0, bounds.y0); y < Math.min(height, bounds.y1); y++)
    for (let x = x0; x < x1; x++) levels[y * width + x] = range(3 * (y * width + x) + 1);
  return { levels, width, height };
}

/** One frame in so many counts neither at the dark end nor at the bright one. */
const passedOver = 10;

/** The range of the values that stand at one place of all frames, without the outermost ones. */
function createRange(frames: readonly Frame[]): (at: number) => number {
  const skipped = Math.trunc(frames.length / passedOver);
  const sources = frames.map(({ data }) => data);
  const lowest = new Uint8Array(skipped + 1);
  const highest = new Uint8Array(skipped + 1);
  return (at) => {
    lowest.fill(255);
    highest.fill(0);
    for (const data of sources) {
      const value = data[at]!;
      if (value < lowest[skipped]!) insert(lowest, value, -1);
      if (value > highest[skipped]!) insert(highest, value, 1);
    }
    return Math.max(0, highest[skipped]! - lowest[skipped]!);
  };
}

/** Puts a value into a row that is sorted from the outermost on, whose last one falls off. */
function insert(row: Uint8Array, value: number, sign: 1 | -1): void {
  let at = row.length - 1;
  for (; at > 0 && (value - row[at - 1]!) * sign > 0; at--) row[at] = row[at - 1]!;
  row[at] = value;
}

/** Blocks of pixels of which at least a third flicker by `least` grey levels. */
export function flickeringBlocks({ levels, width, height }: Flicker, block: number, least: number): Bitmap {
  const map = bitmap(Math.ceil(width / block), Math.ceil(height / block));
  const counts = new Uint16Array(map.bits.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (levels[y * width + x]! >= least) counts[Math.trunc(y / block) * map.width + Math.trunc(x / block)]!++;
  for (let index = 0; index < counts.length; index++) map.bits[index] = counts[index]! * 3 >= block * block ? 1 : 0;
  return map;
}
