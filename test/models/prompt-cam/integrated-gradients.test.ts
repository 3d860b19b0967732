import { describe, expect, test } from '@jest/globals';
import { attribute, beginningOf, integratedGradients, spreadKeyFrames } from '#models/prompt-cam/integrated-gradients';
import { gradCam } from '#models/prompt-cam/grad-cam';
import type { Session } from '#models/runtime';

const size = 2;
const target = Float32Array.of(1);
const norm = { mean: [0.5, 0.4, 0.3], std: [0.5, 0.2, 0.1] } as const;
const beginning = beginningOf('grey', norm);

/** A stand-in whose "cosine" is 0.1 + sum(w x) + sum(x^2), so that the midpoint rule is exact. */
const quadratic = (weight: number, sizes: number[] = []): Session => ({
  async run({ pixels }) {
    const data = pixels!.data as Float32Array;
    const count = pixels!.dims[0]!;
    sizes.push(count);
    const cosine = Float32Array.from({ length: count }, (_, at) =>
      data.slice(at * 12, at * 12 + 12).reduce((sum, x) => sum + weight * x + x * x, 0.1),
    );
    return {
      gradient: { data: data.map((x) => weight + 2 * x), dims: pixels!.dims },
      cosine: { data: cosine, dims: [count] },
    };
  },
  async close() {},
});

describe('integrated gradients', () => {
  const pixels = Float32Array.from({ length: 12 }, (_, at) => (at - 4) / 10);

  test.each([1, 3, 18, 100])('add up to the difference of the cosines, %d points at a time', async (batch) => {
    const found = await attribute(quadratic(0.5), { pixels, size, target, steps: 16, beginning, batch });
    expect(found.cosines[0]).toBeCloseTo(0.1, 6);
    expect(found.cosines[1]).toBeCloseTo(
      pixels.reduce((sum, x) => sum + 0.5 * x + x * x, 0.1),
      5,
    );
    expect(found.completenessError).toBeLessThan(1e-6);
    for (const [at, x] of pixels.entries()) expect(found.values[at]).toBeCloseTo(0.5 * x + x * x, 6);
  });

  test('begin at black where they are told to, in each channel', async () => {
    const black = beginningOf('black', norm);
    expect(black.colour).toEqual([-1, -2, expect.closeTo(-3, 12)]);
    const found = await attribute(quadratic(0.5), { pixels, size, target, steps: 16, beginning: black, batch: 4 });
    for (const [at, x] of pixels.entries()) {
      const start = -1 - Math.floor(at / 4);
      expect(found.values[at]).toBeCloseTo(0.5 * (x - start) + x * x - start * start, 5);
    }
    expect(found.cosines[0]).toBeCloseTo(0.1 + 4 * (0.5 * -6 + 14), 4);
    expect(found.completenessError).toBeLessThan(1e-4);
  });

  test('say how far they miss it', async () => {
    const cubic: Session = {
      async run({ pixels }) {
        const data = pixels!.data as Float32Array;
        return {
          gradient: { data: data.map((x) => 3 * x * x), dims: [] },
          cosine: {
            data: Float32Array.from({ length: pixels!.dims[0]! }, (_, at) =>
              data.slice(at * 12, at * 12 + 12).reduce((sum, x) => sum + x ** 3, 0),
            ),
            dims: [],
          },
        };
      },
      async close() {},
    };
    const ones = new Float32Array(12).fill(1);
    const found = await attribute(cubic, { pixels: ones, size, target, steps: 2, beginning, batch: 4 });
    // 3 (1/16 + 9/16) / 2 = 15/16 of each one.
    expect(found.completenessError).toBeCloseTo(12 / 16, 6);
  });

  test('never ask for more points at once than they may', async () => {
    const sizes: number[] = [];
    await attribute(quadratic(1, sizes), { pixels, size, target, steps: 16, beginning, batch: 5 });
    expect(sizes).toEqual([5, 5, 5, 3]);
  });

  test('of a clip lean on the mean of its key frames, and those between are interpolated', async () => {
    const frames = new Float32Array(3 * 12).fill(1, 24); // two of mean grey, one bright
    const { maps, parameters } = await integratedGradients(quadratic(0), {
      frames,
      size,
      target,
      keyFrames: [0, 2],
      steps: 4,
      beginning,
      batch: 4,
    });
    expect(Array.from(maps)).toEqual(
      [0.6, 0.6, 0.6, 0.6, 0.8, 0.8, 0.8, 0.8, 1, 1, 1, 1].map((value) => expect.closeTo(value, 6)),
    );
    expect(parameters).toMatchObject({
      steps: '4',
      rule: 'midpoint',
      baseline: 'zero in normalised space, the mean grey',
      'frames computed': '2 of 3, the others interpolated',
      'share of the mean of the clip': '0.75',
    });
  });

  test('refuse a graph that answers with something else', async () => {
    const mute: Session = { run: async () => ({}), close: async () => {} };
    await expect(attribute(mute, { pixels, size, target, steps: 1, beginning, batch: 1 })).rejects.toMatchObject({
      code: 'MODEL_UNFIT',
    });
  });
});

test.each([
  [20, 5, 7, [0, 5, 7, 10, 14, 19]],
  [20, 5, 0, [0, 5, 10, 14, 19]],
  [3, 5, 1, [0, 1, 2]],
  [1, 5, 0, [0]],
])('of %d frames, %d key frames with frame %d are %j', (frames, count, included, expected) => {
  expect(spreadKeyFrames(frames, count, included)).toEqual(expected);
});

describe('Grad-CAM', () => {
  const features = { data: new Float32Array(4), dims: [2, 2, 1, 1] };

  test('gives one map a frame, scaled over the clip', async () => {
    const session: Session = {
      run: async () => ({ cam: { data: Float32Array.of(1, 4), dims: [2, 1, 1] } }),
      close: async () => {},
    };
    const { maps } = await gradCam(session, { features, target, size });
    expect(Array.from(maps)).toEqual([0.25, 0.25, 0.25, 0.25, 1, 1, 1, 1].map((value) => expect.closeTo(value, 6)));
  });

  test('refuses maps that are not one a frame', async () => {
    const session: Session = {
      run: async () => ({ cam: { data: Float32Array.of(1), dims: [1, 1, 1] } }),
      close: async () => {},
    };
    await expect(gradCam(session, { features, target, size })).rejects.toMatchObject({ code: 'MODEL_UNFIT' });
  });
});
