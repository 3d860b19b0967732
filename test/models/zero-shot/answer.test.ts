import { describe, expect, test } from '@jest/globals';
import type { Code } from '#domain/code';
import type { FindingDefinition } from '#domain/finding';
import { deriveUid } from '#domain/uid';
import { answer, type ComparedClip } from '#models/zero-shot/answer';

const code = (value: string): Code => ({ value, scheme: '99TEST', meaning: value });
const common = { id: 'it', title: 'It', concept: code('it'), site: code('there'), views: ['A4C'] as const };
const presence: FindingDefinition = { ...common, kind: 'presence', sentences: ['It is.', 'There it is.'] };
const measurement: FindingDefinition = {
  ...common,
  kind: 'measurement',
  unit: code('%'),
  range: [10, 14],
  sentences: ['It is <#>.', '<#> it is.'],
};
const graded: FindingDefinition = {
  ...common,
  kind: 'grade',
  grades: ['normal', 'mild', 'severe'].map((id) => ({ id, answer: code(id), sentences: [`It is ${id}.`] })),
};

/** A clip of every second frame, one row of similarities a frame. */
const clip = (name: string, ...rows: number[][]): ComparedClip => ({
  sopInstance: deriveUid(name),
  frameIndices: rows.map((_, row) => row * 2),
  similarities: { frames: rows.length, prompts: rows[0]!.length, values: Float64Array.from(rows.flat()) },
});

describe('presence', () => {
  const clips = [clip('a', [0.1, 0.2], [0.3, 0.6]), clip('b', [0.1, 0.1])];

  test('is a similarity only while nobody calibrated it', () => {
    expect(answer(presence, clips, undefined)).toEqual({
      kind: 'similarity-only',
      id: 'it',
      similarity: expect.closeTo(0.2, 10),
      evidence: {
        sopInstance: deriveUid('a'),
        keyFrame: 2,
        clips: [deriveUid('a'), deriveUid('b')],
        sentence: 'There it is.',
      },
    });
  });

  test.each([
    [0.19, 'Present', true],
    [0.21, 'Absent', false],
  ])('is told by a threshold: from %d on it is %s', (threshold, meaning, notable) => {
    expect(answer(presence, clips, { kind: 'presence', threshold })).toMatchObject({
      kind: 'answered',
      answer: { meaning },
      notable,
      threshold,
    });
  });

  test.each([
    [undefined, 'similarity-only'],
    [0.1, 'answered'],
  ])('says where its similarity stands among those of the calibration, with the threshold %d', (threshold, kind) => {
    const percentiles = [0, 0.1, 0.3, 0.5, 0.6];
    const calibration = { kind: 'presence' as const, percentiles, ...(threshold !== undefined && { threshold }) };
    expect(answer(presence, clips, calibration)).toMatchObject({ kind, percentile: 38 });
  });

  test('is not told by a calibration of another kind', () => {
    expect(answer(presence, clips, { kind: 'measurement', scale: 1, offset: 0 }).kind).toBe('similarity-only');
  });
});

describe('a measurement', () => {
  // Both sentences of 13 are likest: two of ten candidates are believed.
  const row = [0, 0, 0, 0.5, 0, 0, 0, 0, 0.7, 0];

  test('is a number without interval while nobody calibrated it', () => {
    expect(answer(measurement, [clip('a', row)], undefined)).toEqual({
      kind: 'measured',
      id: 'it',
      value: 13,
      similarity: 0.7,
      evidence: { sopInstance: deriveUid('a'), keyFrame: 0, clips: [deriveUid('a')], sentence: '13 it is.' },
    });
  });

  test('is mapped and bounded by its calibration, and never leaves its range', () => {
    const calibration = {
      kind: 'measurement' as const,
      scale: 0.5,
      offset: 5,
      interval: { below: 2, above: 1, level: 0.9 },
    };
    expect(answer(measurement, [clip('a', row)], calibration)).toMatchObject({
      value: 11.5,
      interval: { lower: 10, upper: 12.5, level: 0.9 },
      evidence: { sentence: '13 it is.' },
    });
  });

  test('is the mean of the clips, whatever their lengths', () => {
    const eleven = [0, 0.6, 0, 0, 0, 0, 0.5, 0, 0, 0];
    expect(answer(measurement, [clip('a', row, row, row), clip('b', eleven)], undefined)).toMatchObject({ value: 12 });
  });
});

describe('a grade', () => {
  const thresholds = { mild: 0.3, severe: 0.4 };

  test('is a similarity only while nobody calibrated it, that of the likest grade', () => {
    expect(answer(graded, [clip('a', [0.5, 0.2, 0.4])], undefined)).toMatchObject({
      kind: 'similarity-only',
      similarity: 0.5,
      evidence: { sentence: 'It is normal.' },
    });
  });

  test('is a similarity only while a grade lacks its threshold', () => {
    const calibration = { kind: 'grade' as const, thresholds: { severe: 0.4 } };
    expect(answer(graded, [clip('a', [0.1, 0.2, 0.5])], calibration).kind).toBe('similarity-only');
  });

  const percentiles = { normal: [0, 1], mild: [0.2, 0.4], severe: [0.1, 0.3, 0.5] };

  test('says where the similarity of the grade that it names stands', () => {
    const calibration = { kind: 'grade' as const, thresholds, percentiles };
    expect(answer(graded, [clip('a', [0.9, 0.25, 0.3])], calibration)).toMatchObject({ percentile: 25 });
    expect(answer(graded, [clip('a', [0.9, 0.25, 0.4])], calibration)).toMatchObject({ percentile: 75 });
    expect(answer(graded, [clip('a', [0.9, 0.2, 0.4])], { kind: 'grade', percentiles })).toMatchObject({
      kind: 'similarity-only',
      percentile: 90,
    });
  });

  test.each([
    [[0.9, 0.29, 0.39], 'normal', { notable: false, similarity: 0.29, threshold: 0.3, sentence: 'It is mild.' }],
    [[0.1, 0.3, 0.39], 'mild', { notable: true, similarity: 0.3, threshold: 0.3, sentence: 'It is mild.' }],
    [[0.1, 0.9, 0.4], 'severe', { notable: true, similarity: 0.4, threshold: 0.4, sentence: 'It is severe.' }],
  ])('is the gravest whose threshold is reached: %j is %s', (row, id, { sentence, ...told }) => {
    const finding = answer(graded, [clip('a', row)], { kind: 'grade', thresholds });
    expect(finding).toMatchObject({ kind: 'answered', answer: code(id), ...told, evidence: { sentence } });
  });
});
