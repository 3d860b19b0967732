import { preliminaryRevision } from '#domain/assessment';
import { asAgentError, type AgentError } from '#domain/errors';
import type { ClaimedJob, Job } from '#domain/job';
import type { Fact, NextJob, Outcome } from '#domain/outcome';
import type { Agent } from './agent.ts';
import { tellWorklists } from './next.ts';
import { story } from './story.ts';

export interface Patience {
  /** A lease is renewed at a third of this; a job whose process died is told again after it. */
  readonly leaseMs: number;
  readonly attemptsMax: number;
  readonly backOffFirstMs: number;
  readonly backOffMax: number;
}

/** Tells one chapter and commits what it returns; the only place where a chapter's fault is caught. */
export async function tell(
  claimed: ClaimedJob,
  agent: Agent,
  { patience, stop }: { patience: Patience; stop: AbortSignal },
): Promise<void> {
  const { ledger, clock, publish } = agent;
  const { job } = claimed;
  const startedAt = clock.now();
  const heart = setInterval(() => void ledger.renew(claimed, patience.leaseMs), patience.leaseMs / 3);
  try {
    const outcome = await chapter(job, agent, stop);
    await ledger.commit(claimed, outcome);
    if (outcome.kind === 'wait') return;
    const waitedMs = startedAt - claimed.dueAt;
    publish({
      kind: 'job-done',
      job: job.kind,
      study: job.study ?? '',
      milliseconds: clock.now() - startedAt,
      waitedMs,
    });
  } catch (thrown) {
    if (stop.aborted) return; // we are stopping: the lease is released at the next start
    await giveBack(claimed, asAgentError(thrown), { agent, patience });
  } finally {
    clearInterval(heart);
  }
}

function chapter(job: Job, agent: Agent, stop: AbortSignal): Promise<Outcome> {
  switch (job.kind) {
    case 'glance':
      return story.glance(job, agent, stop);
    case 'look':
      return story.look(job, agent, stop);
    case 'worklist':
      return story.worklist(job, agent, stop);
    case 'commit':
      return story.commit(job, agent, stop);
    case 'settle':
      return story.settle(job, agent, stop);
    case 'assess':
      return story.assess(job, agent, stop);
    case 'compose':
      return story.compose(job, agent, stop);
    case 'shadow':
      return story.shadow(job, agent, stop);
    case 'write-back':
      return story['write-back'](job, agent, stop);
  }
}

async function giveBack(
  claimed: ClaimedJob,
  error: AgentError,
  { agent, patience }: { agent: Agent; patience: Patience },
): Promise<void> {
  const { job, attempt } = claimed;
  const mayHelpLater = error.fault.fate === 'retry' && attempt < patience.attemptsMax;
  const retryAt = mayHelpLater ? agent.clock.now() + backOff(attempt, patience) : undefined;
  const facts = consequences(claimed, error, { at: agent.clock.now(), over: retryAt === undefined });
  const next = await tellingOf(facts, agent);
  await agent.ledger.giveBack(claimed, { error, facts, next, ...(retryAt !== undefined && { retryAt }) });
  const { code, detail } = error;
  agent.publish({
    kind: 'job-failed',
    job: job.kind,
    study: job.study ?? '',
    code,
    detail,
    attempt,
    ...(retryAt !== undefined && { retryAt }),
  });
  if (code === 'UNEXPECTED') agent.publish({ kind: 'unexpected', where: job.kind, error: stackOf(error) });
}

/** Worklists are told of a study that was set aside, as of everything else. */
async function tellingOf(facts: readonly Fact[], agent: Agent): Promise<readonly NextJob[]> {
  const fact = facts.find(({ kind }) => kind === 'study-state');
  if (fact?.kind !== 'study-state') return [];
  return tellWorklists(fact.study, agent, (await agent.ledger.study(fact.study))?.triage);
}

function consequences(
  { job, attempt }: ClaimedJob,
  { code }: AgentError,
  { at, over }: { at: number; over: boolean },
): readonly Fact[] {
  if (job.kind === 'write-back') {
    const { document, destination } = job;
    const state = over ? 'dead' : 'waiting';
    return [{ kind: 'delivery', delivery: { document, destination, state, attempts: attempt, fault: code, at } }];
  }
  // What an early look missed the assessment does; a preliminary report that cannot be made leaves the study as it is.
  if (!over || job.kind === 'shadow' || !('revision' in job) || job.revision === preliminaryRevision) return [];
  return [{ kind: 'study-state', study: job.study, state: { kind: 'set-aside', revision: job.revision, fault: code } }];
}

/** Doubles from the first pause to the longest, minus up to a half at random, so that many do not come at once. */
function backOff(attempt: number, { backOffFirstMs, backOffMax }: Patience): number {
  const full = Math.min(backOffMax, backOffFirstMs * 2 ** (attempt - 1));
  return Math.round(full * (1 - Math.random() / 2));
}

/** Where an unknown error arose, without its text, which may hold patient values. */
function stackOf({ cause }: AgentError): string {
  if (!(cause instanceof Error)) return typeof cause;
  const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return `${cause.name} ${frames
    .slice(0, 6)
    .map((line) => line.trim())
    .join(' ')}`;
}
