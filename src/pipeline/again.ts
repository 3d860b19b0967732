import { preliminaryRevision } from '#domain/assessment';
import { AgentError } from '#domain/errors';
import type { Job } from '#domain/job';
import type { Fact } from '#domain/outcome';
import type { StudyUid, Uid } from '#domain/uid';
import type { Agent } from './agent.ts';
import { follow } from './next.ts';

/** Assesses a study anew, as the next revision; one that was set aside, in the revision at which it failed. */
export async function assessAgain(study: StudyUid, agent: Agent): Promise<void> {
  const row = await agent.ledger.study(study);
  if (!row) throw new AgentError('NOT_FOUND', 'No study with this UID has arrived.');
  const { state, triage } = row;
  if (state.kind === 'receiving' || state.kind === 'assessing')
    throw new AgentError('REQUEST_INVALID', 'The study is on its way already.');
  const last = await agent.ledger.assessment(study);
  const revision = state.kind === 'set-aside' ? state.revision : (last?.revision ?? 0) + 1;
  await agent.ledger.record({
    facts: [{ kind: 'study-state', study, state: { kind: 'assessing', revision } }],
    next: [follow({ kind: 'assess', study, revision }, agent, triage)],
  });
}

/** Sends a document to a destination again, whatever became of it before. */
export async function sendAgain(sopInstance: Uid, destination: string, agent: Agent): Promise<void> {
  const document = await agent.ledger.document(sopInstance);
  const isSet = agent.destinations.some(({ name }) => name === destination);
  if (!document || !isSet) throw new AgentError('NOT_FOUND', 'No such document or destination.');
  if (document.phantomOnly && !agent.settings.deliverPhantomResults)
    throw new AgentError('REQUEST_INVALID', 'Results of the phantom model stay in the built-in archive.');
  const { study } = document;
  const triage = (await agent.ledger.study(study))?.triage;
  const job: Job = { kind: 'write-back', study, document: sopInstance, destination };
  await agent.ledger.record({ facts: [waiting(job, agent)], next: [follow(job, agent, triage)] });
}

/** Puts a job that was set aside back into its queue, or all of them; returns how many. */
export async function retry(which: number | 'all', agent: Agent): Promise<number> {
  const jobs = (await agent.ledger.setAside(retriedMax)).filter(({ id }) => which === 'all' || id === which);
  if (jobs.length === 0 && which !== 'all') throw new AgentError('NOT_FOUND', 'No such job is set aside.');
  await agent.ledger.record({
    facts: jobs.flatMap(({ job }) => factsOf(job, agent)),
    next: jobs.map(({ job, priority }) => ({ job, priority, runAt: agent.clock.now() })),
  });
  return jobs.length;
}

const retriedMax = 10_000;

function factsOf(job: Job, agent: Agent): readonly Fact[] {
  if (job.kind === 'write-back') return [waiting(job, agent)];
  if (!('revision' in job) || job.revision === preliminaryRevision) return [];
  return [{ kind: 'study-state', study: job.study, state: { kind: 'assessing', revision: job.revision } }];
}

function waiting({ document, destination }: Extract<Job, { kind: 'write-back' }>, { clock }: Agent): Fact {
  return { kind: 'delivery', delivery: { document, destination, state: 'waiting', attempts: 0, at: clock.now() } };
}
