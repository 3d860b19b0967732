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

describe('a masked clip', () => {
  const frame = { width: 60, height: 60 };
  const crop = { x0: 10, y0: 10, x1: 50, y1: 50 };
  /** Two frames of 40 pixels a side, with what is drawn into them. */
  const clip = (sector: readonly { x: number; y: number }[] | undefined, ...drawn: readonly (readonly number[])[]) => {
    const pixels = new Uint8Array(2 * size * size * 3);
    for (const [index = 0, x = 0, y = 0, ...colour] of drawn)
      pixels.set(colour, 3 * (index * size * size + y * size + x));
    return { pixels, size, crop, facts: { coloured: 0, motion: 1, ...(sector && { sector }) } };
  };
  const judge = (...made: Parameters<typeof clip>) => maskingOf(clip(...made), square(20, 40), frame);

  test('keeps the share of the true sector that was found', () => {
    const half = square(20, 40).map(({ x, y }) => ({ x, y: Math.min(y, 30) }));
    expect(judge(square(20, 40)).sectorKept).toBe(1);
    expect(judge(half).sectorKept).toBeCloseTo(0.5);
    expect(judge(undefined).sectorKept).toBe(0);
  });

  test('has what is lit outside the sector, in any frame, and what is coloured anywhere', () => {
    const grey = [200, 200, 200];
    expect(judge(square(20, 40), [0, 2, 20, ...grey], [1, 35, 20, ...grey]).burnedInLeft).toBe(2);
    expect(judge(square(20, 40), [0, 20, 20, 40, 220, 60]).burnedInLeft).toBe(1);
    expect(judge(square(20, 40), [0, 20, 20, ...grey], [0, 9, 20, ...grey]).burnedInLeft).toBe(0);
  });
});
