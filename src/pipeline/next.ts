import type { Job } from '#domain/job';
import { rankOf } from '#domain/job-rank';
import type { NextJob } from '#domain/outcome';
import type { Triage } from '#domain/triage';
import type { StudyUid } from '#domain/uid';
import type { Agent } from './agent.ts';

type Ranking = Pick<Agent, 'clock' | 'rules'>;

/** A job that follows at once, in the place that its study's urgency asks for. */
export function follow(job: Job, { clock, rules }: Ranking, triage: Triage | undefined): NextJob {
  return { job, runAt: clock.now(), priority: rankOf(job.kind, triage, rules().usual) };
}

/** Every worklist is told how the study stands, when its turn comes. */
export function tellWorklists(
  study: StudyUid,
  agent: Ranking & Pick<Agent, 'worklists'>,
  triage: Triage | undefined,
): readonly NextJob[] {
  return agent.worklists.map(({ name }) => follow({ kind: 'worklist', study, worklist: name }, agent, triage));
}
