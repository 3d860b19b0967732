import type { Assessment } from '#domain/assessment';
import type { Instance } from '#domain/instance';
import type { Fact } from '#domain/outcome';
import { sightingOf } from '#domain/sighting';
import type { StudyRow } from '#domain/study';
import type { Triage } from '#domain/triage';
import type { Agent } from './agent.ts';
import { triageByFindings } from './triage.ts';

/** What an assessment makes true: itself, and how urgent its study is now. */
export async function assessmentFacts(
  assessment: Assessment,
  about: { row: StudyRow; sources: readonly Instance[] },
  agent: Agent,
): Promise<{ readonly facts: readonly Fact[]; readonly triage: Triage }> {
  const triage = await triageByFindings(assessment, about, agent);
  const { study, stage, priority, reasons } = triage;
  const rules = reasons.filter(({ standing }) => standing !== 'withdrawn').map(({ rule }) => rule);
  const afterMs = agent.clock.now() - assessment.settledAt;
  agent.publish({ kind: 'study-triaged', study, stage, priority, rules, afterMs });
  const sources = about.sources.map(({ facts }) => facts);
  const sighting = sightingOf(assessment, sources, assessment.settledAt);
  return {
    facts: [
      { kind: 'assessed', assessment },
      { kind: 'triaged', triage },
      ...(stage === 'settled' ? [{ kind: 'sighted', sighting } as const] : []),
    ],
    triage,
  };
}
