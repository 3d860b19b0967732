import { expect, test } from '@jest/globals';
import type { Frame } from '#image/flicker';
import { filled } from '#image/mask';
import { clearlyColoured, colouredPixels, type Tint } from '#image/tint';
import { paintOver, tracePixels } from '#image/traces';

const [width, height] = [60, 40];
const green = [40, 225, 60];
const bounds = { x0: 0, y0: 0, x1: width, y1: height };
const grey: Tint = { red: new Float32Array(32), blue: new Float32Array(32) };

const everywhere = filled([{ x: 0, y: 0 }, { x: width, y: 0 }, { x: width, y: height }, { x: 0, y: height }], { width, height }); // prettier-ignore

function paint(frame: Frame, inside = everywhere, seen = frame): void {
  const clear = colouredPixels(seen, { bounds, tint: grey, least: clearlyColoured });
  paintOver(frame, tracePixels(seen, clear, { bounds, tint: grey }), inside);
}

/** A grey ramp, darker to the left, with what is drawn into it. */
function picture(isDrawn: (x: number, y: number) => boolean): { data: Uint8Array; width: number; height: number } {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, at) => {
    const [x, y] = [Math.trunc(at / 3) % width, Math.trunc(at / 3 / width)];
    return isDrawn(x, y) ? green[at % 3]! : 2 * x + y;
  });
  return { data, width, height };
}

const clean = picture(() => false).data;

const largestDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);

test.each([
  ['a level line from side to side', (_: number, y: number) => y === 20],
  ['an upright bar', (x: number, y: number) => x >= 30 && x < 32 && y > 5 && y < 30],
  ['a slanting line', (x: number, y: number) => Math.abs(x - y) <= 1],
  ['a line at the border', (x: number) => x === 0],
  ['a dot', (x: number, y: number) => x === 10 && y === 10],
])('%s is painted over with what lies around it', (_, isDrawn) => {
  const frame = picture(isDrawn);
  paint(frame);
  expect(largestDifference(frame.data, clean)).toBeLessThanOrEqual(16);
});

test('what is grey or faintly tinted stays as it is, to the bit', () => {
  const data = Uint8Array.from(
    { length: 3 * width * height },
    (_, at) => [250, 240, 205][at % 3]! - (Math.trunc(at / 3) % 200),
  );
  const before = data.slice();
  paint({ data, width, height });
  expect(data).toEqual(before);
});

test('a picture of colour only does not fail', () => {
  const frame = picture(() => true);
  expect(() => paint(frame)).not.toThrow();
});

test('the faint rim that a codec leaves beside a line goes with it, and faint colour elsewhere stays', () => {
  const rim = [86, 106, 86];
  const frame = picture((x) => x === 30);
  const set = (x: number, y: number): void => frame.data.set(rim, 3 * (y * width + x));
  set(32, 10);
  set(10, 10);
  paint(frame);
  const at = (x: number, y: number): number[] => [...frame.data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
  expect(Math.abs(at(32, 10)[1]! - 74)).toBeLessThanOrEqual(16);
  expect(at(10, 10)).toEqual(rim);
});

test('a line along the rim of a sector is not smeared out of it, nor does the black outside darken what is painted', () => {
  const box = [10, 10, 50, 10, 50, 30, 10, 30];
  const inside = filled(Array.from({ length: 4 }, (_, corner) => ({ x: box[2 * corner]!, y: box[2 * corner + 1]! })), { width, height }); // prettier-ignore
  const isInside = (x: number, y: number): boolean => inside.bits[y * width + x] === 1;
  const frame = picture((_, y) => y >= 29 && y < 34);
  const black = (at: number): boolean => !isInside(Math.trunc(at / 3) % width, Math.trunc(at / 3 / width));
  for (let at = 0; at < frame.data.length; at++) if (black(at)) frame.data[at] = 0;
  // The line's colour is seen beside the mask too, where the mask has made its pixels black.
  const traces = picture((_, y) => y >= 29 && y < 34);
  paint(frame, inside, traces);
  expect(frame.data.every((value, at) => !black(at) || value === 0)).toBe(true);
  const within = frame.data.filter((_, at) => !black(at));
  expect(
    largestDifference(
      within,
      clean.filter((_, at) => !black(at)),
    ),
  ).toBeLessThanOrEqual(16);
});

test('what a line covers with nothing of the sector beside it is left black', () => {
  const inside = { width, height, bits: new Uint8Array(width * height).fill(1, 20 * width + 10, 20 * width + 13) };
  const frame = picture((x, y) => y === 20 && x >= 10 && x < 13);
  paint(frame, inside);
  expect([...frame.data.subarray(3 * (20 * width + 10), 3 * (20 * width + 13))]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
});
