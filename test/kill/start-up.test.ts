import { expect, test } from '@jest/globals';
import { summarizeStarts } from './start-up.ts';

test('start-up after a kill is told by its median, by 95 of 100 and at worst, without the very first start', () => {
  const afterKills = Array.from({ length: 100 }, (_, index) => (index + 1) * 60);
  expect(summarizeStarts([99_999, ...afterKills])).toEqual({ p50Ms: 3000, p95Ms: 5700, maxMs: 6000, overLimit: 17 });
  expect(summarizeStarts([700])).toEqual({ p50Ms: 0, p95Ms: 0, maxMs: 0, overLimit: 0 });
});
