import { expect, test } from '@jest/globals';
import { percentileOf } from '#models/zero-shot/percentile';

test.each([
  ['below all cases', -0.2, 0],
  ['the least of all cases', -0.1, 0],
  ['between two shares, in proportion', 0.15, 30],
  ['at a share', 0.2, 40],
  ['of many cases alike', 0.3, 80],
  ['the highest of all cases', 0.6, 100],
  ['above all cases', 0.9, 100],
])('a similarity %s', (_, similarity, percentile) => {
  expect(percentileOf(similarity, [-0.1, 0.1, 0.2, 0.3, 0.3, 0.6])).toBe(percentile);
});
