import type { AgentError } from '#domain/errors';
import { jobKey, type ClaimedJob, type Job, type JobKind } from '#domain/job';
import { rankOf } from '#domain/job-rank';
import type { NextJob } from '#domain/outcome';
import type { Triage } from '#domain/triage';
import type { Clock } from '#src/ports';
import type { Ledger, SetAsideJob } from '#src/ports/ledger';
import type { Row } from './rows.ts';
import type { Statements } from './statements.ts';

type Backlog = Awaited<ReturnType<Ledger['backlog']>>;

/** The jobs' table: waiting, running under a lease, or set aside. Every function runs inside the caller's transaction. */
export function createQueue({ run, get, all }: Statements, clock: Clock) {
  /** Kinds of which a job may have come to be claimable. */
  let stirred = new Set<JobKind>();
  const put = ({ job, runAt, priority }: NextJob): void => {
    if (runAt <= clock.now()) stirred.add(job.kind);
    run('dropSetAside', job.kind, jobKey(job));
    run('putJob', job.kind, jobKey(job), JSON.stringify(job), priority, runAt);
  };

  /** A job may have been queued again while it ran; then its twin waits already and this one is over. */
  const wait = (job: ClaimedJob, again: { runAt: number; forgive: number; fault: string | null }): void => {
    if (get('twinOf', jobKey(job.job))) return run('endJob', job.id);
    run('waitAgain', job.id, again.runAt, again.forgive, again.fault);
  };

  /** Jobs whose lease ran out before `before` wait again. */
  const release = (before: number): void => {
    run('endExpiredTwins', before);
    run('releaseExpired', before);
  };

  return {
    put,
    release,
    end({ id, job }: ClaimedJob): void {
      stirred.add(job.kind); // its place, such as that of a destination, is free
      run('endJob', id);
    },
    /** What came to be claimable since it was asked last. */
    stirred(): ReadonlySet<JobKind> {
      const heard = stirred;
      stirred = new Set();
      return heard;
    },
    isOurs: (job: ClaimedJob): boolean => get('leasedJob', job.id, job.attempt) !== undefined,
    waitUntil: (job: ClaimedJob, until: number): void => wait(job, { runAt: until, forgive: 1, fault: null }),
    fail: (job: ClaimedJob, { code }: AgentError, retryAt?: number): void =>
      retryAt === undefined ? run('setAside', job.id, code) : wait(job, { runAt: retryAt, forgive: 0, fault: code }),

    claim(kinds: readonly JobKind[], leaseMs: number): ClaimedJob | undefined {
      const now = clock.now();
      release(now);
      const due = kinds.map((kind) => get('nextJob', kind, now)).filter((row) => row !== undefined);
      const next = due.sort((a, b) => (a['priority'] as number) - (b['priority'] as number))[0];
      return next && claimed(get('lease', next['id'] as number, now + leaseMs) as Row);
    },

    /** Gives the study's waiting jobs the place that its urgency asks for. */
    rank(triage: Triage): void {
      for (const { id, kind } of all('waitingOfStudy', triage.study)) {
        run('rank', id as number, rankOf(kind as JobKind, triage, triage.priority));
      }
    },

    setAside: (limit: number): readonly SetAsideJob[] => all('setAsideJobs', limit).map(setAsideOf),

    backlog: (): Backlog => all('backlog').map((row) => ({ ...row }) as unknown as Backlog[number]),
  };
}

function setAsideOf(row: Row): SetAsideJob {
  const { id, attempts, fault, priority } = row as { id: number; attempts: number; fault: string; priority: number };
  return { id, job: JSON.parse(row['job'] as string) as Job, attempts, fault, priority };
}

function claimed(row: Row): ClaimedJob {
  return {
    id: row['id'] as number,
    job: JSON.parse(row['job'] as string) as Job,
    attempt: row['attempts'] as number,
    leasedUntil: row['leased_until'] as number,
    dueAt: row['run_at'] as number,
  };
}
