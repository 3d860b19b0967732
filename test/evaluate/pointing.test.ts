import { describe, expect, test } from '@jest/globals';
import { maskingOf } from '#evaluate/masking';
import { pointingOf, structureMask } from '#evaluate/pointing';

const size = 40;
const square = (from: number, to: number) => [
  { x: from, y: from },
  { x: to, y: from },
  { x: to, y: to },
  { x: from, y: to },
];

describe('a map', () => {
  const crop = { x0: 10, y0: 10, x1: 90, y1: 90 };
  const masks = [structureMask([square(30, 50)], { crop, size }), structureMask([], { crop, size })];
  const mapWith = (...lit: readonly (readonly [frame: number, x: number, y: number, heat: number])[]) => {
    const maps = new Float32Array(2 * size * size);
    for (const [frame, x, y, heat] of lit) maps[frame * size * size + y * size + x] = heat;
    return { maps, size };
  };

  test('is held to the structure in the coordinates of the crop, widened by a twentieth', () => {
    const at = (x: number, y: number) => masks[0]![y * size + x];
    // 30 to 50 in the frame is 10 to 20 in the square, and 2 more on each side.
    expect([at(10, 10), at(19, 19), at(8, 8), at(21, 21)]).toEqual([1, 1, 1, 1]);
    expect([at(7, 15), at(22, 15), at(30, 30)]).toEqual([0, 0, 0]);
  });

  test('points where its brightest pixel is', () => {
    expect(pointingOf(mapWith([0, 15, 15, 1], [0, 35, 35, 0.5]), masks)).toEqual({
      isInside: true,
      share: expect.closeTo(2 / 3),
    });
    expect(pointingOf(mapWith([0, 15, 15, 0.5], [0, 35, 35, 1]), masks).isInside).toBe(false);
  });

  test('is held to the structure of its own frame', () => {
    expect(pointingOf(mapWith([1, 15, 15, 1]), masks)).toEqual({ isInside: false, share: 0 });
  });

  test('that is empty points nowhere', () => {
    expect(pointingOf(mapWith(), masks)).toEqual({ isInside: false, share: 0 });
  });
});

describe('a mask', () => {
  const [width, height] = [60, 60];
  const frame = (...drawn: readonly (readonly [x: number, y: number])[]) => {
    const rgb = new Uint8Array(width * height * 3);
    for (const [x, y] of drawn) rgb[3 * (y * width + x)] = 200;
    return rgb;
  };
  const judge = (found: readonly { x: number; y: number }[] | undefined, ...frames: readonly Uint8Array[]) =>
    maskingOf(found, square(20, 40), { width, height, frames });

  test('keeps the share of the true sector that it covers', () => {
    expect(judge(square(20, 40), frame()).sectorKept).toBe(1);
    expect(
      judge(
        [
          { x: 20, y: 20 },
          { x: 40, y: 20 },
          { x: 40, y: 30 },
          { x: 20, y: 30 },
        ],
        frame(),
      ).sectorKept,
    ).toBeCloseTo(0.5);
    expect(judge(undefined, frame()).sectorKept).toBe(0);
  });

  test('leaves what is drawn in any frame outside the sector, but for its rim', () => {
    const frames = [frame([10, 30], [41, 30]), frame([50, 30])];
    expect(judge(square(5, 55), ...frames).burnedInLeft).toBe(2);
    expect(judge(square(20, 40), ...frames).burnedInLeft).toBe(0);
  });
});
