import { expect, test } from '@jest/globals';
import type { Finding } from '#domain/finding';
import type { Shadow } from '#domain/shadow';
import type { StudyUid, Uid } from '#domain/uid';
import { kappa } from '#evaluate/statistics/kappa';
import { disagreementOf } from '#watch/disagreement';

const evidence = { sopInstance: '1.2' as Uid, keyFrame: 0, clips: [], sentence: 's' };
const measured = (value: number, similarity = 0.2): Finding => ({
  kind: 'measured',
  id: 'lvef',
  value,
  similarity,
  evidence,
});
const answered = (value: string): Finding => ({
  kind: 'answered',
  id: 'effusion',
  answer: { value, scheme: 'X', meaning: value },
  notable: value === 'present',
  similarity: 0.1,
  threshold: 0.1,
  evidence,
});
const omitted: Finding = { kind: 'not-assessed', id: 'lvef', because: 'no-suitable-view' };
const model = (digest: string) => ({
  id: 'm',
  name: 'M',
  manufacturer: 'X',
  version: '1',
  digest,
  phantomOnly: false,
  provider: 'cpu',
});

function shadow(study: number, pairs: Shadow['pairs'], second = 'd2'): Shadow {
  return { study: `1.${study}` as StudyUid, revision: 1, at: study, first: model('d1'), second: model(second), pairs };
}

test('values differ by a mean with limits, answers agree beyond chance, and one-sided answers are counted', () => {
  const differences = [2, 4, 6];
  const [report, ...others] = disagreementOf([
    ...differences.map((by, at) => shadow(at, [{ first: measured(50), second: measured(50 + by, 0.3) }])),
    shadow(7, [{ first: measured(50), second: omitted }]),
    shadow(8, [{ first: omitted, second: omitted }]),
    ...(['present present', 'present absent', 'absent absent', 'absent absent'] as const).map((both, at) => {
      const [first, second] = both.split(' ') as [string, string];
      return shadow(20 + at, [{ first: answered(first), second: answered(second) }]);
    }),
  ]);
  expect(others).toEqual([]);
  expect(report).toMatchObject({ first: { digest: 'd1' }, second: { digest: 'd2' }, studies: 9 });
  const [lvef, effusion] = report!.findings;
  expect(lvef).toMatchObject({ id: 'lvef', n: 3, oneSided: 1, value: { n: 3, mean: 4 } });
  expect(lvef!.value!.lower).toBeCloseTo(4 - 1.96 * 2);
  expect(lvef!.value!.upper).toBeCloseTo(4 + 1.96 * 2);
  expect(lvef!.similarity.mean).toBeCloseTo(0.1);
  expect(effusion).toMatchObject({ id: 'effusion', n: 4, oneSided: 0, answers: { n: 4, agreement: 0.75, kappa: 0.5 } });
});

test('every pair of models is told by itself', () => {
  const pairs = [{ first: measured(50), second: measured(51) }];
  expect(disagreementOf([shadow(1, pairs), shadow(2, pairs, 'd3')]).map(({ second }) => second.digest)).toEqual([
    'd2',
    'd3',
  ]);
});

test('agreement beyond chance is 1, 0 or less, and unknown where nothing varies', () => {
  expect(
    kappa([
      ['a', 'a'],
      ['b', 'b'],
    ]),
  ).toBe(1);
  expect(
    kappa([
      ['a', 'b'],
      ['b', 'a'],
    ]),
  ).toBe(-1);
  expect(
    kappa([
      ['a', 'a'],
      ['a', 'a'],
    ]),
  ).toBeUndefined();
  expect(kappa([])).toBeUndefined();
});
