import { morph, type Bitmap } from './bitmap.ts';
import type { Frame } from './flicker.ts';

// An ECG that reaches into the sector, a cursor, a coloured mark: what is coloured in a picture that is grey, or tinted as
// a whole, was burned in. It is painted over with what lies around it, so that no model learns from it.

/** Codecs blur a line's colour over its neighbours: so far faint colour belongs to clear one, in pixels. */
const blur = 3;
const reach = 1;
/** Gaps up to this wide are closed along the row; wider ones, such as a line that runs level, from above and below. */
const gapMax = 8;

/** Which pixels belong to traces and marks: those clearly coloured, and what is faintly coloured near them. */
export function tracePixels(clear: Bitmap, faint: () => Bitmap): Bitmap {
  if (!clear.bits.includes(1)) return clear;
  const [near, { bits }] = [morph(clear, blur, 'grow'), faint()];
  return { ...clear, bits: near.bits.map((bit, pixel) => bit & bits[pixel]!) };
}

/**
 * Paints over, in place, the pixels of traces and those next to them, as far as they lie inside. What lies outside is left
 * alone and lends no colour: beside a mask it is black, and a line along the sector's rim would be smeared out of it.
 */
export function paintOver({ data, width, height }: Frame, traces: Bitmap, inside: Bitmap): void {
  const marked = new Uint8Array(width * height);
  let [first, last] = [height, -1];
  for (let pixel = traces.bits.indexOf(1); pixel >= 0; pixel = traces.bits.indexOf(1, pixel + 1)) {
    const [x, y] = [pixel % width, Math.trunc(pixel / width)];
    for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++)
      marked.fill(1, row * width + Math.max(0, x - reach), row * width + Math.min(width, x + reach + 1));
    [first, last] = [Math.min(first, y - reach), Math.max(last, y + reach)];
  }
  if (last < 0) return;
  for (let pixel = marked.indexOf(1); pixel >= 0; pixel = marked.indexOf(1, pixel + 1))
    if (inside.bits[pixel] === 1) data.fill(0, 3 * pixel, 3 * pixel + 3);
    else marked[pixel] = 0;
  const picture = { data, marked, inside: inside.bits };
  for (let y = Math.max(0, first); y <= Math.min(height - 1, last); y++)
    close(picture, { start: y * width, stride: 1, length: width }, gapMax);
  for (let x = 0; x < width; x++) close(picture, { start: x, stride: width, length: height }, height);
}

interface Marked {
  readonly data: Uint8Array;
  readonly marked: Uint8Array;
  readonly inside: Uint8Array;
}

interface Line {
  readonly start: number;
  readonly stride: number;
  readonly length: number;
}

/** Fills the gaps of one row or column that are no wider than `widest`; one with nothing on either side stays black. */
function close({ data, marked, inside }: Marked, line: Line, widest: number): void {
  const { start, stride, length } = line;
  for (let from = 0; from < length; from++) {
    if (marked[start + from * stride] === 0) continue;
    let to = from;
    while (to < length && marked[start + to * stride] === 1) to++;
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
