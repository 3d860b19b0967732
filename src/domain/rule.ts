import type { Finding } from './finding.ts';
import { priorityLevels, type Priority, type Reason, type Triage, type TriageStage } from './triage.ts';
import type { StudyUid } from './uid.ts';

/** A line of a site's table: all that it names must hold. */
export interface Rule {
  readonly name: string;
  readonly priority: Priority;
  readonly message: string;
  /** Names of destinations that are told when it is met. */
  readonly notify: readonly string[];
  readonly finding?: string;
  /** Meanings of coded answers, such as `Present` or `Severe`: any of them. */
  readonly answer?: readonly string[];
  /** Bounds of a measured value, in the finding's unit. */
  readonly valueMin?: number;
  readonly valueMax?: number;
  /** Bounds of the value minus that of the patient's study before. */
  readonly changeMin?: number;
  readonly changeMax?: number;
  readonly similarityMin?: number;
  /** 0 to 100, among the cases of the calibration. */
  readonly percentileMin?: number;
  /** Where the patient lies: Current Patient Location or Institutional Department Name; `*` stands for any characters. */
  readonly location?: readonly string[];
  /** Station Name of the scanner; `*` stands for any characters. */
  readonly station?: readonly string[];
}

/** What rules are held against. */
export interface Circumstances {
  readonly study: StudyUid;
  readonly stage: TriageStage;
  readonly findings: readonly Finding[];
  /** Findings of the same patient's latest study before this one. */
  readonly prior: readonly Finding[];
  readonly locations: readonly string[];
  readonly stations: readonly string[];
  readonly at: number;
}

/**
 * How urgent a study is under a site's rules. Reasons that an earlier look raised stay on record: confirmed where the
 * settled study meets the rule again, else withdrawn, and then they no longer count.
 */
export function triageOf(
  rules: readonly Rule[],
  circumstances: Circumstances,
  { usual, before }: { usual: Priority; before?: Triage | undefined },
): Triage {
  const { study, stage, at } = circumstances;
  const raised = before?.reasons.filter(({ standing }) => standing !== 'withdrawn') ?? [];
  const met = rules.flatMap((rule) => reasonOf(rule, circumstances));
  const isMet = ({ rule }: Reason): boolean => met.some((reason) => reason.rule === rule);
  const wasRaised = ({ rule }: Reason): boolean => raised.some((reason) => reason.rule === rule);
  const reasons: Reason[] = met.map((reason) =>
    stage === 'settled' && wasRaised(reason) ? { ...reason, standing: 'confirmed' } : reason,
  );
  for (const reason of before?.reasons ?? []) {
    if (isMet(reason)) continue;
    // Until a study has settled, nothing that was raised is taken back.
    reasons.push(stage === 'settled' ? { ...reason, standing: 'withdrawn' } : reason);
  }
  const counting = reasons.filter(({ standing }) => standing !== 'withdrawn').map(({ priority }) => priority);
  const priority = priorityLevels.find((level) => counting.includes(level)) ?? usual;
  return { study, stage, priority, reasons: sorted(reasons), at };
}

function sorted(reasons: readonly Reason[]): readonly Reason[] {
  const rank = ({ priority, standing }: Reason) =>
    priorityLevels.indexOf(priority) + (standing === 'withdrawn' ? priorityLevels.length : 0);
  return [...reasons].sort((a, b) => rank(a) - rank(b));
}

function reasonOf(rule: Rule, circumstances: Circumstances): readonly Reason[] {
  const { locations, stations, findings, prior } = circumstances;
  if (!matches(rule.location, locations) || !matches(rule.station, stations)) return [];
  const { name, priority, message, notify, finding: id } = rule;
  const reason = { rule: name, message, priority, notify, standing: 'raised' } as const;
  if (id === undefined) return [reason];
  const finding = findings.find((candidate) => candidate.id === id);
  const earlier = prior.find((candidate) => candidate.id === id);
  return finding && meets(rule, finding, earlier) ? [{ ...reason, finding: id }] : [];
}

/** What was not assessed meets nothing: a rule never fires on silence. */
function meets(rule: Rule, finding: Finding, earlier: Finding | undefined): boolean {
  if (finding.kind === 'not-assessed') return false;
  const value = finding.kind === 'measured' ? finding.value : undefined;
  const change = value !== undefined && earlier?.kind === 'measured' ? value - earlier.value : undefined;
  const answer = finding.kind === 'answered' ? finding.answer.meaning : undefined;
  const percentile = 'percentile' in finding ? finding.percentile : undefined;
  return (
    (!rule.answer || rule.answer.some((meaning) => meaning.toLowerCase() === answer?.toLowerCase())) &&
    within(value, rule.valueMin, rule.valueMax) &&
    within(change, rule.changeMin, rule.changeMax) &&
    within(finding.similarity, rule.similarityMin, undefined) &&
    within(percentile, rule.percentileMin, undefined)
  );
}

function within(value: number | undefined, min: number | undefined, max: number | undefined): boolean {
  if (min === undefined && max === undefined) return true;
  if (value === undefined) return false;
  return (min === undefined || value >= min) && (max === undefined || value <= max);
}

function matches(patterns: readonly string[] | undefined, values: readonly string[]): boolean {
  if (!patterns) return true;
  return patterns.some((pattern) => values.some((value) => isLike(pattern, value)));
}

/** As QIDO-RS matches: `*` for any characters, `?` for one; case aside. */
function isLike(pattern: string, value: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 'i').test(value);
}
