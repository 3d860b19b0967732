import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { MeasurementDefinition } from '#domain/finding';
import { parseNpy } from '#models/npy';
import { estimateNumber } from '#models/zero-shot/estimate-number';
import { promptsOf } from '#models/zero-shot/prompts';
import { columns, compare, likestFrame, meanOverFrames, unitRows } from '#models/zero-shot/similarities';
import { sharedPath, testWith } from '#test/support/peers';

const reference = (name: string) => sharedPath('reference', 'zeroshot', name);
const embeddings = (name: string) => parseNpy(readFileSync(reference(name))).values as Float32Array;
const expected = () =>
  JSON.parse(readFileSync(reference('expected.json'), 'utf8')) as {
    ejection_fraction: { values: number[]; prediction: number };
    pacemaker: { prediction: number };
  };

testWith(['shared:reference/zeroshot/expected.json'], 'a number is estimated as the authors’ code does', () => {
  const { values, prediction } = expected().ejection_fraction;
  const similarities = compare(
    embeddings('ejection_fraction_video.npy'),
    embeddings('ejection_fraction_prompts.npy'),
    512,
  );
  expect(estimateNumber(similarities, values)).toBeCloseTo(prediction, 5);
});

testWith(['shared:reference/zeroshot/expected.json'], 'candidates stand in the authors’ order', () => {
  const definition: MeasurementDefinition = {
    ...({} as MeasurementDefinition),
    kind: 'measurement',
    range: [0, 100],
    sentences: ['EF <#>. ', 'FRACTION <#>. '],
  };
  expect(promptsOf(definition).map(({ states }) => states)).toEqual(expected().ejection_fraction.values);
  expect(promptsOf(definition)[101]?.sentence).toBe('FRACTION 0. ');
});

testWith(
  ['shared:reference/zeroshot/expected.json'],
  'presence is the mean similarity, as in the authors’ code',
  () => {
    const similarities = compare(embeddings('pacemaker_video.npy'), embeddings('pacemaker_prompts.npy'), 512);
    const means = meanOverFrames(similarities);
    expect((means[0]! + means[1]!) / 2).toBeCloseTo(expected().pacemaker.prediction, 6);
  },
);

const table = (...rows: number[][]) => ({
  frames: rows.length,
  prompts: rows[0]!.length,
  values: Float64Array.from(rows.flat()),
});

describe('the arithmetic', () => {
  test('believes a fifth of the candidates, and of an even number takes the lower middle', () => {
    const stated = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    expect(estimateNumber(table([0, 0, 0, 0.9, 0, 0, 0, 0, 0.8, 0]), stated)).toBe(4);
  });

  test('averages ranks over frames, not candidates', () => {
    // Ranked values: 10, 30 in one frame and 20, 10 in the other; rank by rank 15 and 20.
    const one = [0.9, 0, 0.8, 0, 0, 0, 0, 0, 0, 0];
    const other = [0.7, 0.9, 0, 0, 0, 0, 0, 0, 0, 0];
    expect(estimateNumber(table(one, other), [10, 20, 30, 0, 0, 0, 0, 0, 0, 0])).toBe(15);
  });

  test('believes at least one candidate', () => {
    expect(estimateNumber(table([0.1, 0.3]), [7, 9])).toBe(9);
  });

  test('takes the candidate named first where two are equally similar', () => {
    expect(estimateNumber(table([0.5, 0.5]), [7, 9])).toBe(7);
  });

  test('scales rows to length one', () => {
    expect(Array.from(unitRows(Float32Array.of(3, 4, 0, 2), 2))).toEqual([Math.fround(0.6), Math.fround(0.8), 0, 1]);
  });

  test('takes columns out of a table, and finds the likest frame of one', () => {
    const taken = columns(table([1, 2, 3], [4, 9, 6], [7, 8, 0]), 1, 3);
    expect(Array.from(taken.values)).toEqual([2, 3, 9, 6, 8, 0]);
    expect(likestFrame(taken, 0)).toEqual({ frame: 1, similarity: 9 });
    expect(likestFrame(taken, 1)).toEqual({ frame: 1, similarity: 6 });
  });
});
