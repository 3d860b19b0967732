import type { Bounds, Frame } from './flicker.ts';
import { spans, type Point } from './polygon.ts';

// Scanners colour their grey scale: a little (blue grey, as of an X-ray film) or a lot (sepia, candle). Then a pixel's
// colour follows from its brightness. Colour that does not follow from it was laid over: flow, a trace, a mark.

/** The colour that a picture's own grey scale has at each brightness: how far red and blue stand above green. */
export interface Tint {
  readonly red: Float32Array;
  readonly blue: Float32Array;
}

/** Brightness is told in steps of 8 grey levels. */
const step = 8;
const steps = 256 / step;
const spreads = 256;
/** So many of the pixels of one brightness are taken to be the grey scale's own, the greyest first; flow covers the rest at most. */
const ownShare = 0.2;
/** Grey levels from the tint from which on a pixel is coloured, beyond the noise of codecs. */
export const clearlyColoured = 48;
/** And from which on it may be, beside one that is: codecs blur colours and keep edges. */
export const faintlyColoured = 16;

/** Reads the tint off the pixels within the polygon, all frames (of one size) together. */
export function tintOf(frames: readonly Frame[], polygon: readonly Point[]): Tint {
  const { counts, reds, blues } = spreadsOf(frames, polygon);
  const red = new Float32Array(steps);
  const blue = new Float32Array(steps);
  for (let level = 0; level < steps; level++) {
    const limit = ownSpread(counts.subarray(level * spreads, (level + 1) * spreads));
    let [count, redSum, blueSum] = [0, 0, 0];
    for (let cell = level * spreads; cell <= level * spreads + limit; cell++) {
      count += counts[cell]!;
      redSum += reds[cell]!;
      blueSum += blues[cell]!;
    }
    red[level] = redSum / (count || 1);
    blue[level] = blueSum / (count || 1);
  }
  return { red, blue };
}

/** How many pixels are of each brightness and spread, and how far their red and blue stand above green together. */
function spreadsOf(frames: readonly Frame[], polygon: readonly Point[]) {
  const counts = new Uint32Array(steps * spreads);
  const [reds, blues] = [new Float64Array(counts.length), new Float64Array(counts.length)];
  const [first] = frames;
  const inside = first ? [...spans(polygon, first.width, first.height)] : [];
  for (const { data, width } of frames)
    for (const { y, from, to } of inside)
      for (let at = 3 * (y * width + from); at < 3 * (y * width + to); at += 3) {
        const red = data[at]!;
        const green = data[at + 1]!;
        const blue = data[at + 2]!;
        const cell = levelOf(red, green, blue) * spreads + (twiceSpreadOf(red, green, blue) >> 1);
        counts[cell]!++;
        reds[cell]! += red - green;
        blues[cell]! += blue - green;
      }
  return { counts, reds, blues };
}

/** The spread of the greyest pixels of one brightness. */
function ownSpread(histogram: Uint32Array): number {
  const wanted = ownShare * histogram.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  return histogram.findIndex((count) => (sum += count) >= wanted);
}

/** Pixels within the bounds, in order, whose colour is at least so far from the tint's. */
export function colouredPixels(
  { data, width }: Frame,
  { bounds: { x0, y0, x1, y1 }, tint, least }: { readonly bounds: Bounds; readonly tint: Tint; readonly least: number },
): readonly number[] {
  const found: number[] = [];
  // A colour is no farther from the tint than both together are from grey: most pixels need no closer look.
  const twicePossible = 2 * (least - largestSpread(tint)) - 0.01;
  for (let y = y0; y < y1; y++)
    for (let pixel = y * width + x0, at = 3 * pixel; pixel < y * width + x1; pixel++, at += 3) {
      const red = data[at]!;
      const green = data[at + 1]!;
      const blue = data[at + 2]!;
      if (twiceSpreadOf(red, green, blue) >= twicePossible && distance(tint, red, green, blue) >= least)
        found.push(pixel);
    }
  return found;
}

/** Whether one pixel's colour is at least so far from the tint's. */
export function isColoured({ data }: Frame, pixel: number, { tint, least }: { tint: Tint; least: number }): boolean {
  return distance(tint, data[3 * pixel]!, data[3 * pixel + 1]!, data[3 * pixel + 2]!) >= least;
}

function distance(tint: Tint, red: number, green: number, blue: number): number {
  const level = levelOf(red, green, blue);
  return spreadOf(red - green - tint.red[level]!, 0, blue - green - tint.blue[level]!);
}

/** Rec. 601 luma in steps. */
function levelOf(red: number, green: number, blue: number): number {
  return (77 * red + 150 * green + 29 * blue) >> 11;
}

/** Between the highest and the lowest of three. */
function spreadOf(one: number, two: number, three: number): number {
  const low = one < two ? one : two;
  const high = one < two ? two : one;
  return (three > high ? three : high) - (three < low ? three : low);
}

/** The same of whole numbers, twice: the sum of their differences. Without a branch, as noise makes each one a guess. */
function twiceSpreadOf(one: number, two: number, three: number): number {
  const a = one - two;
  const b = two - three;
  const c = three - one;
  return ((a ^ (a >> 31)) - (a >> 31)) + ((b ^ (b >> 31)) - (b >> 31)) + ((c ^ (c >> 31)) - (c >> 31)); // prettier-ignore
}

function largestSpread({ red, blue }: Tint): number {
  return red.reduce((most, above, level) => Math.max(most, spreadOf(above, 0, blue[level]!)), 0);
}
