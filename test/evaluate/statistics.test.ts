import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { agreement } from '#evaluate/statistics/agreement';
import { bootstrapInterval, quantile } from '#evaluate/statistics/bootstrap';
import { calibrateNumber } from '#evaluate/statistics/calibrate-number';
import { seededRandom } from '#evaluate/statistics/random';
import { retrievalRanks } from '#evaluate/statistics/retrieval';
import { areaUnderCurve, rocCurve, youdenPoint, type ScoredCase } from '#evaluate/statistics/roc';

const cases = (positive: readonly number[], negative: readonly number[]): ScoredCase[] => [
  ...positive.map((score) => ({ score, isPositive: true })),
  ...negative.map((score) => ({ score, isPositive: false })),
];

describe('the area under the curve', () => {
  test.each([
    ['is 1 where every positive case scores above every negative one', [3, 4], [1, 2], 1],
    ['is 0 where it is the other way round', [1, 2], [3, 4], 0],
    ['counts ties half', [1, 1], [1, 1], 0.5],
    ['is the share of pairs in order', [2, 5], [1, 3, 4], 4 / 6],
    ['counts one tie among pairs', [2, 3], [2, 1], 3.5 / 4],
    ['is unknown without a positive case', [], [1], undefined],
    ['is unknown without a negative case', [1], [], undefined],
  ])('%s', (_, positive, negative, area) => {
    const found = areaUnderCurve(cases(positive, negative));
    if (area === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(area, 12);
  });

  test('is what counting all pairs gives', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(scores, scores, (positive, negative) => {
        const pairs = positive.flatMap((p) => negative.map((n) => (p > n ? 1 : p === n ? 0.5 : 0)));
        const counted = pairs.reduce((sum: number, one) => sum + one, 0) / pairs.length;
        expect(areaUnderCurve(cases(positive, negative))).toBeCloseTo(counted, 10);
      }),
    );
  });

  test('is the area below the points of the curve', () => {
    const all = cases([2, 3, 3, 7], [1, 3, 4]);
    const points = rocCurve(all).map(({ sensitivity, specificity }) => [1 - specificity, sensitivity] as const);
    let area = 0;
    for (const [index, [x, y]] of points.entries()) {
      const before = points[index - 1];
      if (before) area += ((x - before[0]) * (y + before[1])) / 2;
    }
    expect(area).toBeCloseTo(areaUnderCurve(all)!, 12);
  });
});

describe("Youden's point", () => {
  test('lies midway between the last that counts as positive and the next', () => {
    const point = youdenPoint(cases([0.9, 0.8], [0.4, 0.2]))!;
    expect(point.threshold).toBeCloseTo(0.6);
    expect([point.sensitivity, point.specificity]).toEqual([1, 1]);
  });

  test.each([
    ['the higher scores are the negative ones', [0.1, 0.2], [0.4, 0.9]],
    ['all scores are the same', [0.3, 0.3], [0.3]],
  ])('is nowhere where %s', (_, positive, negative) => {
    expect(youdenPoint(cases(positive, negative))).toBeUndefined();
  });

  test('gives up the fewer', () => {
    const { sensitivity, specificity } = youdenPoint(cases([9, 8, 7, 1], [6, 5, 2, 0]))!;
    expect([sensitivity, specificity]).toEqual([0.75, 1]);
  });

  test('is unknown without both kinds', () => {
    expect(youdenPoint(cases([1], []))).toBeUndefined();
  });
});

describe('the bootstrap', () => {
  const all = cases([3, 4, 5, 6, 2], [1, 2, 3, 0, 4]);
  const interval = (seed: number) =>
    bootstrapInterval(all, areaUnderCurve, { seed, groupOf: ({ isPositive }) => isPositive })!;

  test('holds the figure itself, and lies within what it can be', () => {
    const { lower, upper, level } = interval(1);
    expect(level).toBe(0.95);
    expect(lower).toBeGreaterThanOrEqual(0);
    expect(lower).toBeLessThan(areaUnderCurve(all)!);
    expect(upper).toBeGreaterThan(areaUnderCurve(all)!);
    expect(upper).toBeLessThanOrEqual(1);
  });

  test('comes out the same when it is done again, and differently by another chance', () => {
    const first = (cases: readonly ScoredCase[]) => cases.reduce((sum, { score }, at) => sum + score * (at + 1), 0);
    expect(interval(1)).toEqual(interval(1));
    expect(bootstrapInterval(all, first, { seed: 1 })).not.toEqual(bootstrapInterval(all, first, { seed: 2 }));
  });

  test('of the mean of many is as wide as theory has it', () => {
    const random = seededRandom(7);
    const values = Array.from({ length: 400 }, () => random());
    const mean = (some: readonly number[]) => some.reduce((sum, one) => sum + one, 0) / some.length;
    const { lower, upper } = bootstrapInterval(values, mean)!;
    expect(upper - lower).toBeCloseTo((2 * 1.96 * Math.sqrt(1 / 12)) / 20, 2);
  });

  test('is unknown where no round gives a figure', () => {
    expect(bootstrapInterval([1, 2], () => undefined)).toBeUndefined();
  });

  test.each([
    [0, 1],
    [0.5, 2.5],
    [1, 4],
    [0.25, 1.75],
  ])('takes the %f quantile between neighbours', (share, value) => {
    expect(quantile([1, 2, 3, 4], share)).toBeCloseTo(value, 12);
  });
});

describe('agreement', () => {
  test('has error, bias, correlation and limits', () => {
    const found = agreement([
      { estimate: 50, truth: 45 },
      { estimate: 60, truth: 63 },
      { estimate: 30, truth: 32 },
    ])!;
    expect(found.meanAbsoluteError).toBeCloseTo(10 / 3);
    expect(found.bias).toBeCloseTo(0);
    expect(found.rootMeanSquareError).toBeCloseTo(Math.sqrt(38 / 3));
    expect(found.correlation).toBeCloseTo(0.96023, 4);
    expect(found.limits[1]).toBeCloseTo(1.96 * Math.sqrt(19));
    expect(found.limits[0]).toBeCloseTo(-1.96 * Math.sqrt(19));
  });

  test('knows no correlation of what does not vary, and nothing of no pair', () => {
    expect(agreement([{ estimate: 5, truth: 1 }])!.correlation).toBeUndefined();
    expect(agreement([])).toBeUndefined();
  });
});

describe('the calibration of a number', () => {
  const pairs = (count: number, noise: (index: number) => number) =>
    Array.from({ length: count }, (_, index) => ({ estimate: index, truth: 2 * index + 5 + noise(index) }));

  test('finds the line', () => {
    expect(calibrateNumber(pairs(10, () => 0))).toEqual({ scale: expect.closeTo(2), offset: expect.closeTo(5) });
  });

  test('has margins that as many new cases keep as was aimed at', () => {
    const random = seededRandom(3);
    const noisy = pairs(400, () => 10 * (random() - 0.5));
    const { scale, offset, interval } = calibrateNumber(noisy, 0.9)!;
    const { below, above } = interval!;
    const fresh = pairs(400, () => 10 * (random() - 0.5)).filter(({ estimate, truth }) => {
      const value = scale * estimate + offset;
      return truth >= value - below && truth <= value + above;
    });
    expect(fresh.length / 400).toBeGreaterThan(0.85);
    expect(fresh.length / 400).toBeLessThan(0.95);
  });

  test('promises no interval of few cases, and nothing of one', () => {
    expect(calibrateNumber(pairs(12, () => 1))!.interval).toBeUndefined();
    expect(calibrateNumber(pairs(1, () => 0))).toBeUndefined();
  });
});

describe('retrieval', () => {
  test('ranks the own text and the own picture', () => {
    const ranks = retrievalRanks([
      [0.9, 0.1, 0.2],
      [0.8, 0.3, 0.5],
      [0.1, 0.2, 0.7],
    ])!;
    expect(ranks.pictureToText).toBeCloseTo((1 + 3 + 1) / 3);
    expect(ranks.textToPicture).toBeCloseTo(1);
    expect(ranks.meanCrossModalRank).toBeCloseTo((5 / 3 + 1) / 2);
  });

  test('is chance where all are alike', () => {
    const alike = Array.from({ length: 5 }, () => Array<number>(5).fill(0.3));
    expect(retrievalRanks(alike)!.meanCrossModalRank).toBe(3);
  });

  test('is unknown of nothing', () => {
    expect(retrievalRanks([])).toBeUndefined();
  });
});
