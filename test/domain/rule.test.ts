import { describe, expect, test } from '@jest/globals';
import type { Finding, FindingEvidence } from '#domain/finding';
import { triageOf, type Circumstances, type Rule } from '#domain/rule';
import type { Triage } from '#domain/triage';
import { deriveUid, type StudyUid } from '#domain/uid';

const evidence: FindingEvidence = { sopInstance: deriveUid('clip'), keyFrame: 0, clips: [], sentence: '' };
const lvef = (value: number): Finding => ({ kind: 'measured', id: 'lvef', value, similarity: 0.2, evidence });
const effusion = (meaning: string): Finding => {
  const answer = { value: '1', scheme: '99T', meaning };
  return { kind: 'answered', id: 'effusion', answer, notable: true, similarity: 0.3, threshold: 0.1, evidence };
};
const lead: Finding = { kind: 'similarity-only', id: 'lead', similarity: 0.25, percentile: 97, evidence };
const silent: Finding = { kind: 'not-assessed', id: 'lvef', because: 'no-suitable-view' };

const line = (given: Partial<Rule>): Rule => ({ name: 'r', priority: 'HIGH', message: 'm', notify: [], ...given });
const at = (given: Partial<Circumstances>): Circumstances => ({
  study: 's' as StudyUid,
  stage: 'settled',
  findings: [],
  prior: [],
  locations: [],
  stations: [],
  at: 1,
  ...given,
});
const judge = (rules: readonly Rule[], given: Partial<Circumstances>, before?: Triage): Triage =>
  triageOf(rules, at(given), { usual: 'LOW', before });

describe('a rule is met', () => {
  const cases: readonly (readonly [string, Partial<Rule>, Partial<Circumstances>, boolean])[] = [
    ['by a value on its upper bound', { finding: 'lvef', valueMax: 30 }, { findings: [lvef(30)] }, true],
    ['not by a value above it', { finding: 'lvef', valueMax: 30 }, { findings: [lvef(31)] }, false],
    ['by a value on its lower bound', { finding: 'lvef', valueMin: 70 }, { findings: [lvef(70)] }, true],
    ['not by a finding that was not assessed', { finding: 'lvef', valueMax: 30 }, { findings: [silent] }, false],
    ['not by a finding that is not there', { finding: 'lvef', valueMax: 30 }, {}, false],
    [
      'by an answer, whatever its case',
      { finding: 'effusion', answer: ['large'] },
      { findings: [effusion('Large')] },
      true,
    ],
    [
      'by any of its answers',
      { finding: 'effusion', answer: ['Small', 'Large'] },
      { findings: [effusion('Large')] },
      true,
    ],
    ['not by another answer', { finding: 'effusion', answer: ['Large'] }, { findings: [effusion('Small')] }, false],
    [
      'not by a value where an answer is asked',
      { finding: 'lvef', answer: ['Present'] },
      { findings: [lvef(5)] },
      false,
    ],
    ['by a similarity', { finding: 'lead', similarityMin: 0.25 }, { findings: [lead] }, true],
    ['by a percentile', { finding: 'lead', percentileMin: 95 }, { findings: [lead] }, true],
    ['not by a percentile below', { finding: 'lead', percentileMin: 98 }, { findings: [lead] }, false],
    ['not by a finding without percentile', { finding: 'lvef', percentileMin: 1 }, { findings: [lvef(20)] }, false],
    [
      'by a fall since the study before',
      { finding: 'lvef', changeMax: -10 },
      { findings: [lvef(45)], prior: [lvef(55)] },
      true,
    ],
    ['not by a smaller fall', { finding: 'lvef', changeMax: -10 }, { findings: [lvef(46)], prior: [lvef(55)] }, false],
    ['not by a change without a study before', { finding: 'lvef', changeMax: -10 }, { findings: [lvef(20)] }, false],
    ['by a station', { station: ['ICU*'] }, { stations: ['icu-2'] }, true],
    ['by a location', { location: ['Ward ?'] }, { locations: ['elsewhere', 'Ward 4'] }, true],
    ['not by another station', { station: ['ICU*'] }, { stations: ['LAB1'] }, false],
    ['not by a station that only looks like a pattern', { station: ['I.U'] }, { stations: ['ICU'] }, false],
    [
      'only if all that it names holds',
      { finding: 'lvef', valueMax: 30, station: ['ICU'] },
      { findings: [lvef(20)], stations: ['LAB'] },
      false,
    ],
  ];
  test.each(cases)('%s', (_, rule, circumstances, isMet) => {
    expect(judge([line(rule)], circumstances).priority).toBe(isMet ? 'HIGH' : 'LOW');
  });
});

const weak = line({ name: 'weak', finding: 'lvef', valueMax: 40, priority: 'MEDIUM', notify: ['pager'] });
const veryWeak = line({ name: 'very weak', finding: 'lvef', valueMax: 30 });

test('the most urgent of the rules that are met counts, and is named first', () => {
  const triage = judge([weak, veryWeak], { findings: [lvef(20)] });
  expect(triage.priority).toBe('HIGH');
  expect(triage.reasons.map(({ rule }) => rule)).toEqual(['very weak', 'weak']);
});

test('what an early look raised is confirmed by the settled study', () => {
  const early = judge([weak], { stage: 'preliminary', findings: [lvef(35)] });
  expect(early.reasons).toMatchObject([{ rule: 'weak', standing: 'raised' }]);
  const settled = judge([weak], { findings: [lvef(36)] }, early);
  expect(settled).toMatchObject({ priority: 'MEDIUM', reasons: [{ standing: 'confirmed' }] });
});

test('what the settled study does not confirm is withdrawn, stays on record, and no longer counts', () => {
  const early = judge([weak], { stage: 'preliminary', findings: [lvef(35)] });
  const settled = judge([weak], { findings: [lvef(60)] }, early);
  expect(settled).toMatchObject({
    priority: 'LOW',
    reasons: [{ rule: 'weak', standing: 'withdrawn', notify: ['pager'] }],
  });
  const again = judge([weak], { findings: [lvef(33)] }, settled);
  expect(again).toMatchObject({ priority: 'MEDIUM', reasons: [{ rule: 'weak', standing: 'raised' }] });
  expect(again.reasons).toHaveLength(1);
});

test('an early look takes nothing back that the header said', () => {
  const arrival = judge([line({ name: 'icu', station: ['ICU'] })], { stage: 'arrival', stations: ['ICU'] });
  const early = judge([weak], { stage: 'preliminary', findings: [lvef(60)] }, arrival);
  expect(early).toMatchObject({ priority: 'HIGH', reasons: [{ rule: 'icu', standing: 'raised' }] });
});
