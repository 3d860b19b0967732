import { describe, expect, test } from '@jest/globals';
import { enlargement } from '#models/prompt-cam/enlarge';
import { alongBothAxes, chained } from '#models/prompt-cam/line-map';
import { scaleOverClip } from '#models/prompt-cam/heat';
import { smoothing } from '#models/prompt-cam/smooth';
import { clearOutsideSector } from '#models/prompt-cam/within-sector';

describe('a map', () => {
  test('is enlarged as PyTorch does it', () => {
    // torch.nn.functional.interpolate(mode='bicubic', align_corners=False), rounded: rows 0, 3 and 7 of 8.
    const large = Array.from(alongBothAxes(Float32Array.of(0, 1, 2, 4, -1, 3, 7, 5, 6), enlargement(3, 8)));
    const near = (values: number[]) => values.map((value) => expect.closeTo(value, 4));
    expect(large.slice(0, 8)).toEqual(near([-0.62753, -0.36224, 0.21846, 0.88707, 1.48539, 1.73667, 1.86062, 1.96318]));
    expect(large.slice(24, 32)).toEqual(
      near([3.54265, 2.84286, 0.91428, -0.87792, -1.00848, 0.58301, 2.35783, 2.97737]),
    );
    expect(large.slice(56)).toEqual(near([7.51708, 7.24765, 6.56165, 5.87568, 5.61915, 5.91071, 6.29458, 6.4063]));
  });

  test('is smoothed as SciPy does it, also at its borders', () => {
    // scipy.ndimage.gaussian_filter with sigma 1, which is 0.02 of the side.
    const map = new Float32Array(50 * 50);
    for (const [row, column, value] of [
      [1, 4, 1],
      [49, 0, 2],
      [20, 20, 3],
    ] as const)
      map[row * 50 + column] = value;
    const smoothed = alongBothAxes(map, smoothing(50));
    for (const [row, column, value] of [
      [0, 4, 0.118072],
      [1, 4, 0.160924],
      [0, 0, 4e-5],
      [49, 0, 0.821544],
      [47, 1, 0.034582],
      [20, 21, 0.289599],
      [24, 20, 0.00016],
      [25, 20, 0],
    ] as const) {
      expect(smoothed[row * 50 + column]).toBeCloseTo(value, 5);
    }
  });

  test('is enlarged and smoothed at once as one after the other', () => {
    const map = Float32Array.from({ length: 49 }, (_, at) => ((at * 37) % 11) - 4);
    const [larger, smoother] = [enlargement(7, 50), smoothing(50)];
    const inTurn = alongBothAxes(alongBothAxes(map, larger), smoother);
    const atOnce = alongBothAxes(map, chained(larger, smoother));
    expect(Math.max(...inTurn)).toBeGreaterThan(4);
    for (const [at, value] of inTurn.entries()) expect(atOnce[at]).toBeCloseTo(value, 5);
  });

  test('is scaled by the largest value of the clip, and what speaks against the sentence is not shown', () => {
    expect(Array.from(scaleOverClip([Float32Array.of(-3, 1), Float32Array.of(2, 4)]))).toEqual([0, 0.25, 0.5, 1]);
  });

  test('in which nothing speaks for the sentence stays empty', () => {
    expect(Array.from(scaleOverClip([Float32Array.of(-3, 0)]))).toEqual([0, 0]);
  });

  test('shows nothing outside the sector, wherever the crop lies', () => {
    const maps = new Float32Array(2 * 16).fill(0.5);
    const sector = [
      { x: 120, y: 50 },
      { x: 140, y: 50 },
      { x: 140, y: 90 },
      { x: 120, y: 90 },
    ];
    clearOutsideSector(maps, {
      facts: { sector, coloured: 0, motion: 1 },
      crop: { x0: 100, y0: 50, x1: 140, y1: 90 },
      size: 4,
    });
    expect(Array.from(maps.subarray(16, 20))).toEqual([0, 0, 0.5, 0.5]);
    expect(maps.reduce((sum, value) => sum + value, 0)).toBe(8);
  });
});
