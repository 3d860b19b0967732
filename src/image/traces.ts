import type { Bitmap } from './bitmap.ts';
import type { Bounds, Frame } from './flicker.ts';
import { faintlyColoured, isColoured, type Tint } from './tint.ts';

// An ECG that reaches into the sector, a cursor, a coloured mark: what is coloured in a picture that is grey, or tinted as
// a whole, was burned in. It is painted over with what lies around it, so that no model learns from it.

/** Codecs blur a line's colour over its neighbours: so far faint colour belongs to clear one, in pixels. */
const blur = 3;
const reach = 1;
/** Gaps up to this wide are closed along the row; wider ones, such as a line that runs level, from above and below. */
const gapMax = 8;

/** Pixels of traces and marks, in order: those clearly coloured, which are given, and what is faintly coloured near them. */
export function tracePixels(
  frame: Frame,
  clear: readonly number[],
  { bounds: { x0, y0, x1, y1 }, tint }: { readonly bounds: Bounds; readonly tint: Tint },
): readonly number[] {
  const { bits, box } = around(clear, blur, frame);
  const found: number[] = [];
  for (let y = Math.max(box.y0, y0); y < Math.min(box.y1, y1); y++)
    for (let x = Math.max(box.x0, x0); x < Math.min(box.x1, x1); x++) {
      const pixel = y * frame.width + x;
      if (bits[pixel] === 1 && isColoured(frame, pixel, { tint, least: faintlyColoured })) found.push(pixel);
    }
  return found;
}

/**
 * Paints over, in place, the pixels of traces and those next to them, as far as they lie inside. What lies outside is left
 * alone and lends no colour: beside a mask it is black, and a line along the sector's rim would be smeared out of it.
 */
export function paintOver({ data, width, height }: Frame, traces: readonly number[], inside: Bitmap): void {
  const { bits: marked, box } = around(traces, reach, { width, height });
  for (let y = box.y0; y < box.y1; y++)
    for (let pixel = y * width + box.x0; pixel < y * width + box.x1; pixel++)
      if (inside.bits[pixel] === 0) marked[pixel] = 0;
      else if (marked[pixel] === 1) data.fill(0, 3 * pixel, 3 * pixel + 3);
  const picture = { data, marked, inside: inside.bits };
  for (let y = box.y0; y < box.y1; y++)
    close(picture, { start: y * width, stride: 1, length: width, from: box.x0, to: box.x1 }, gapMax);
  for (let x = box.x0; x < box.x1; x++)
    close(picture, { start: x, stride: width, length: height, from: box.y0, to: box.y1 }, height);
}

/** The squares around pixels, which stand in order, and the box that holds them all. */
function around(
  pixels: readonly number[],
  distance: number,
  { width, height }: Pick<Frame, 'width' | 'height'>,
): { readonly bits: Uint8Array; readonly box: Bounds } {
  if (pixels.length === 0) return { bits: new Uint8Array(0), box: { x0: 0, y0: 0, x1: 0, y1: 0 } };
  const bits = new Uint8Array(width * height);
  let [left, right] = [width, 0];
  for (const pixel of pixels) {
    const [x, y] = [pixel % width, Math.trunc(pixel / width)];
    const [from, to] = [Math.max(0, x - distance), Math.min(width, x + distance + 1)];
    for (let row = Math.max(0, y - distance); row < Math.min(height, y + distance + 1); row++)
      bits.fill(1, row * width + from, row * width + to);
    [left, right] = [Math.min(left, from), Math.max(right, to)];
  }
  const [top, bottom] = [Math.trunc(pixels[0]! / width), Math.trunc(pixels.at(-1)! / width)];
  const [y0, y1] = [Math.max(0, top - distance), Math.min(height, bottom + distance + 1)];
  return { bits, box: { x0: left, y0, x1: right, y1 } };
}

interface Marked {
  readonly data: Uint8Array;
  readonly marked: Uint8Array;
  readonly inside: Uint8Array;
}

/** A row or column, and the part of it in which marks are. */
interface Line {
  readonly start: number;
  readonly stride: number;
  readonly length: number;
  readonly from: number;
  readonly to: number;
}

/** Fills the gaps of one row or column that are no wider than `widest`; one with nothing on either side stays black. */
function close({ data, marked, inside }: Marked, line: Line, widest: number): void {
  const { start, stride, length } = line;
  for (let from = line.from; from < line.to; from++) {
    if (marked[start + from * stride] === 0) continue;
    let to = from;
    while (to < line.to && marked[start + to * stride] === 1) to++;
    const before = from > 0 && inside[start + (from - 1) * stride] === 1 ? from - 1 : undefined;
    const after = to < length && inside[start + to * stride] === 1 ? to : undefined;
    const [low, high] = [before ?? after, after ?? before];
    if (to - from <= widest && low !== undefined && high !== undefined) {
      fill(data, line, { from, to, low, high });
      for (let at = from; at < to; at++) marked[start + at * stride] = 0;
    }
    from = to;
  }
}

/** From the value on one side evenly to that on the other. */
function fill(
  data: Uint8Array,
  { start, stride }: Line,
  { from, to, low, high }: { readonly [place in 'from' | 'to' | 'low' | 'high']: number },
): void {
  for (let channel = 0; channel < 3; channel++) {
    const placeOf = (at: number): number => 3 * (start + at * stride) + channel;
    const [first, last] = [data[placeOf(low)]!, data[placeOf(high)]!];
    for (let at = from; at < to; at++) data[placeOf(at)] = first + ((last - first) * (at - from + 1)) / (to - from + 1);
  }
}
