import { expect, test } from '@jest/globals';
import type { FindingDefinition } from '#domain/finding';
import { rankingOf } from '#evaluate/ranking';
import { gradeQuestion } from '#evaluate/questions';

const code = { value: 'it', scheme: '99TEST', meaning: 'It' };
const common = { id: 'it', title: 'It', concept: code, site: code, views: ['A4C'] as const };
const presence: FindingDefinition = { ...common, kind: 'presence', sentences: ['It is.'] };
const grades = ['normal', 'severe'].map((id) => ({ id, answer: code, sentences: [`It is ${id}.`] }));
const graded: FindingDefinition = { ...common, kind: 'grade', grades };
const clips = (question: string, similarities: readonly number[]) =>
  similarities.map((similarity) => ({ scores: new Map([[question, similarity]]) }));
const rising = (count: number) => Array.from({ length: count }, (_, at) => (count - at) / 100);

test('similarities are spread over twenty equal shares of the clips', () => {
  const ranking = rankingOf(presence, clips('it', rising(41)));
  expect(ranking).toEqual({ kind: 'presence', percentiles: Array.from({ length: 21 }, (_, at) => (1 + 2 * at) / 100) });
});

test('few clips have no percentiles, and neither has a number', () => {
  expect(rankingOf(presence, clips('it', rising(20)))).toBeUndefined();
  expect(rankingOf(presence, clips('another', rising(30)))).toBeUndefined();
  const measured = { ...common, kind: 'measurement' as const, unit: code, range: [0, 9] as const, sentences: ['<#>'] };
  expect(rankingOf(measured, clips('it', rising(30)))).toBeUndefined();
});

test('each grade has percentiles of its own, and none has any where one is missing', () => {
  const normal = clips(gradeQuestion('it', 'normal'), rising(21));
  const severe = clips(
    gradeQuestion('it', 'severe'),
    Array.from({ length: 21 }, () => 0.5),
  );
  expect(rankingOf(graded, normal)).toBeUndefined();
  const ranking = rankingOf(graded, [...normal, ...severe]);
  expect(ranking).toMatchObject({ kind: 'grade', percentiles: { normal: rising(21).toReversed() } });
  expect(Object.keys(ranking?.percentiles ?? {})).toEqual(['normal', 'severe']);
});
