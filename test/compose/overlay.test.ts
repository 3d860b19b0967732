import { describe, expect, test } from '@jest/globals';
import { blendMap } from '#compose/overlay/blend';
import { colourTable } from '#compose/overlay/colour-scale';
import { shippedFont } from '#compose/overlay/font';
import { frameTiming } from '#compose/overlay/frame-timing';
import { wrap } from '#compose/overlay/legend';
import { timestampOf } from '#compose/timestamp';

describe('blendMap', () => {
  const picture = { rows: 4, columns: 6, pixels: new Uint8Array(72).fill(100) };
  const crop = { x0: 1, y0: 1, x1: 5, y1: 3 };
  const pixel = (pixels: Uint8Array, x: number, y: number): readonly number[] =>
    Array.from(pixels.subarray(3 * (6 * y + x), 3 * (6 * y + x) + 3));

  test('colours where the map is 1, and leaves 0 and the outside as they are', () => {
    const values = Float32Array.from([1, 0, 1, 0]);
    const blended = blendMap(picture, { values, size: 2, crop }, colourTable('red-green'));
    expect(pixel(blended, 1, 1)).toEqual([178, 40, 40]); // 0.4 of grey 100 and 0.6 of red (230, 0, 0)
    expect(pixel(blended, 4, 2)).toEqual([100, 100, 100]);
    expect(pixel(blended, 0, 1)).toEqual([100, 100, 100]);
    expect(pixel(blended, 5, 3)).toEqual([100, 100, 100]);
  });

  test('leaves the source frame alone', () => {
    blendMap(picture, { values: Float32Array.from([1, 1, 1, 1]), size: 2, crop }, colourTable('red-green'));
    expect(picture.pixels.every((value) => value === 100)).toBe(true);
  });

  test('shows nothing where a map is not a number', () => {
    const blended = blendMap(
      picture,
      { values: new Float32Array(4).fill(Number.NaN), size: 2, crop },
      colourTable('red-green'),
    );
    expect(blended).toEqual(picture.pixels);
  });

  test('a crop that reaches over the edge colours what there is', () => {
    const wide = { x0: -2, y0: -2, x1: 8, y1: 6 };
    const blended = blendMap(
      picture,
      { values: new Float32Array(4).fill(1), size: 2, crop: wide },
      colourTable('red-green'),
    );
    expect(pixel(blended, 0, 0)).toEqual([178, 40, 40]);
  });
});

test('the colour-blind-safe scale rises in lightness at every step', () => {
  const table = colourTable('colour-blind-safe');
  const lightness = Array.from(
    { length: 256 },
    (_, step) => 0.3 * table[3 * step]! + 0.59 * table[3 * step + 1]! + 0.11 * table[3 * step + 2]!,
  );
  for (let step = 4; step < 256; step++) expect(lightness[step]!).toBeGreaterThan(lightness[step - 4]!);
});

describe('frameTiming', () => {
  test.each([
    ['each frame of an even clip', [0, 1, 2], [40], { FrameTime: 40, FrameIncrementPointer: '00181063' }],
    ['every second frame', [0, 2, 4], [40], { FrameTime: 80, FrameIncrementPointer: '00181063' }],
    ['an uneven clip', [0, 1, 2], [0, 10, 20, 30], { FrameTimeVector: [0, 10, 20], FrameIncrementPointer: '00181065' }],
    [
      'frames that make an uneven clip even',
      [0, 2, 3],
      [0, 10, 20, 30],
      { FrameTime: 30, FrameIncrementPointer: '00181063' },
    ],
    ['uneven choices', [0, 1, 3], [40], { FrameTimeVector: [0, 40, 80], FrameIncrementPointer: '00181065' }],
    ['a single frame', [5], [40], {}],
  ])('of %s', (_, indices, times, expected) => {
    expect(frameTiming(indices, times)).toEqual(expected);
  });

  test('assumes thirty frames a second where the source does not say', () => {
    expect(frameTiming([0, 3], [])).toMatchObject({ FrameTime: 100 });
  });
});

describe('the shipped font', () => {
  const font = shippedFont();

  test.each(['A', 'é', 'Ω', '≤', '…', 'ж'])('has an outline for %s', (character) => {
    const path = font.path(character, { x: 0, y: 0, size: 100 });
    const box = font.path('\u{10ffff}', { x: 0, y: 0, size: 100 });
    expect(path).toMatch(/^M.*Z$/);
    expect(path).not.toBe(box);
  });

  test('is as wide as DejaVu Sans is: an M of 1767 units in 2048', () => {
    expect(font.width('M')).toBeCloseTo(1767 / 2048, 5);
    expect(font.width('MM')).toBeCloseTo((2 * 1767) / 2048, 5);
  });

  test('draws no outline for a blank', () => {
    expect(font.path(' ', { x: 0, y: 0, size: 10 })).toBe('');
  });
});

describe('wrap', () => {
  const font = { width: (text: string) => text.length };

  test('breaks between words', () => {
    expect(wrap('one two three', 8, font)).toEqual(['one two', 'three']);
  });

  test('breaks a word that is too wide alone', () => {
    expect(wrap('a abcdefghij', 4, font)).toEqual(['a', 'abcd', 'efgh', 'ij']);
  });

  test('gives no line for nothing', () => {
    expect(wrap('  ', 4, font)).toEqual([]);
  });
});

describe('timestampOf', () => {
  const at = Date.UTC(2026, 0, 5, 23, 30, 1, 250);

  test.each([
    [undefined, '20260105', '233001.250', '+0000'],
    ['+0900', '20260106', '083001.250', '+0900'],
    ['-0330', '20260105', '200001.250', '-0330'],
  ])('with an offset of %s', (offset, date, time, suffix) => {
    expect(timestampOf(at, offset)).toEqual({ date, time, dateTime: `${date}${time}${suffix}` });
  });
});
