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

/** Grey levels between each pixel's darkest and brightest frame; 0 outside the bounds. */
export interface Flicker {
  readonly levels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Measures how much each pixel changes. Green stands for grey: the search needs no colours. */
export function flickerOf(frames: readonly [Frame, ...Frame[]], bounds: Bounds): Flicker {
  const { width, height } = frames[0];
  const levels = new Uint8Array(width * height);
  const [x0, x1] = [Math.max(0, bounds.x0), Math.min(width, bounds.x1)];
  for (let y = Math.max(0, bounds.y0); y < Math.min(height, bounds.y1); y++)
    for (let x = x0; x < x1; x++) levels[y * width + x] = rangeAt(frames, 3 * (y * width + x) + 1);
  return { levels, width, height };
}

function rangeAt(frames: readonly Frame[], at: number): number {
  let [low, high] = [255, 0];
  for (const { data } of frames) {
    const value = data[at]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high - low;
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
