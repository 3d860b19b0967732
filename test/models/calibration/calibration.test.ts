import { describe, expect, test } from '@jest/globals';
import { AgentError } from '#domain/errors';
import type { FindingDefinition } from '#domain/finding';
import { parseCalibration } from '#models/calibration';
import { loadFindings } from '#models/echoclip/findings';
import { promptsDigest } from '#models/zero-shot/prompts';

const definitions: readonly FindingDefinition[] = await loadFindings();
const checkpoint = 'a'.repeat(64);
const whole = {
  origin: 'General Hospital, echo register',
  cases: 412,
  from: '2024-01-01',
  to: '2025-06-30',
  createdOn: '2025-07-04',
  checkpoint,
  labels: 'd'.repeat(64),
  channelOrder: 'bgr',
  findings: {
    'pacemaker-lead': { kind: 'presence', threshold: 0.298, percentiles: [0.1, 0.2, 0.4] },
    mitraclip: {
      kind: 'presence',
      sentences: promptsDigest(definitions.find(({ id }) => id === 'mitraclip')!),
      percentiles: [-0.1, -0.1],
    },
    'left-atrial-dilation': {
      kind: 'grade',
      thresholds: { mild: 0.2, moderate: 0.22, severe: 0.25 },
      percentiles: { normal: [0, 0.4], mild: [0.1, 0.3], moderate: [0.1, 0.3], severe: [0, 0.2] },
    },
    'left-ventricular-ejection-fraction': {
      kind: 'measurement',
      scale: 1.1,
      offset: -3,
      interval: { below: 12, above: 10, level: 0.9 },
    },
  },
};
const parse = (value: unknown) =>
  parseCalibration(JSON.stringify(value), { checkpoints: ['c'.repeat(64), checkpoint], definitions });
const faultOf = (read: () => unknown): AgentError => {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof AgentError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
};

describe('a calibration', () => {
  test('is read whole', () => {
    expect(parse(whole)).toEqual(whole);
  });

  test.each([
    ['of another checkpoint', { ...whole, checkpoint: 'b'.repeat(64) }, /another checkpoint/],
    ['without an origin', { ...whole, origin: undefined }, /origin/],
    ['of no cases', { ...whole, cases: 0 }, /cases/],
    ['of an unknown finding', { ...whole, findings: { 'left-shoe': { kind: 'presence', threshold: 0 } } }, /left-shoe/],
    [
      'of a threshold no cosine reaches',
      { ...whole, findings: { tavr: { kind: 'presence', threshold: 1.5 } } },
      /threshold/,
    ],
    [
      'that measures a presence',
      { ...whole, findings: { tavr: { kind: 'measurement', scale: 1, offset: 0 } } },
      /what it says of tavr/,
    ],
    [
      'that leaves a grade out',
      { ...whole, findings: { 'left-atrial-dilation': { kind: 'grade', thresholds: { mild: 0.2, severe: 0.3 } } } },
      /what it says of left-atrial-dilation/,
    ],
    [
      'that ranks the similarities of some grades only',
      { ...whole, findings: { 'left-atrial-dilation': { kind: 'grade', percentiles: { mild: [0, 0.2] } } } },
      /what it says of left-atrial-dilation/,
    ],
    [
      'of other sentences',
      { ...whole, findings: { tavr: { kind: 'presence', threshold: 0.2, sentences: 'e'.repeat(64) } } },
      /other sentences of tavr/,
    ],
    ['of colours in another order', { ...whole, channelOrder: 'rgb' }, /learnt with channels as rgb/],
    [
      'whose percentiles fall',
      { ...whole, findings: { tavr: { kind: 'presence', percentiles: [0.2, 0.1] } } },
      /must rise/,
    ],
  ])('%s is refused', (_, value, why) => {
    const error = faultOf(() => parse(value));
    expect(error.code).toBe('CONFIGURATION_INVALID');
    expect(error.detail).toMatch(why);
  });

  test('that is no JSON is refused', () => {
    expect(
      faultOf(() => parseCalibration('{', { checkpoints: ['c'.repeat(64), checkpoint], definitions })).detail,
    ).toMatch(/not JSON/);
  });
});
