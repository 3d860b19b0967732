import { expect, test } from '@jest/globals';
import { normalise } from '#models/normalise';

const pixels = Uint8Array.of(
  255,
  51,
  0,
  0,
  102,
  255,
  51,
  51,
  51,
  0,
  0,
  0,
  /* frame 2 */ 51,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
);
const near = (values: number[]) => values.map((value) => expect.closeTo(value, 5));

test('bytes become numbers plane by plane, less the mean, over the deviation', () => {
  const values = normalise(pixels, { size: 2, mean: [0.2, 0, 0], std: [1, 0.5, 1], order: 'rgb' });
  expect(Array.from(values.slice(0, 4))).toEqual(near([0.8, -0.2, 0, -0.2]));
  expect(Array.from(values.slice(4, 8))).toEqual(near([0.4, 0.8, 0.4, 0]));
  expect(Array.from(values.slice(12, 16))).toEqual(near([0, -0.2, -0.2, -0.2]));
});

test('a network trained on blue, green, red has blue in its first plane, with the first mean', () => {
  const values = normalise(pixels, { size: 2, mean: [0.2, 0, 0], std: [1, 1, 1], order: 'bgr' });
  expect(Array.from(values.slice(0, 4))).toEqual(near([-0.2, 0.8, 0, -0.2]));
  expect(Array.from(values.slice(8, 12))).toEqual(near([1, 0, 0.2, 0]));
});
