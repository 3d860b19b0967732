import type { DatabaseSync } from 'node:sqlite';
import type { Assessment } from '#domain/assessment';
import type { Look } from '#domain/clip';
import type { ResultDocument } from '#domain/document';
import { AgentError } from '#domain/errors';
import type { Instance } from '#domain/instance';
import type { ClaimedJob, JobKind } from '#domain/job';
import type { Outcome } from '#domain/outcome';
import type { Admission, JobFailure, Ledger } from '#src/ports/ledger';
import type { Clock } from '#src/ports';
import { createBell } from './bell.ts';
import { createQueue } from './queue.ts';
import { createReadingList } from './reading-list.ts';
import { createRecorder } from './record.ts';
import { arrivalValues, deliveryOf, instanceOf, instanceValues, studyOf, type Row } from './rows.ts';
import { createSightings } from './sightings.ts';
import { createStatements, passingTransaction, transaction } from './statements.ts';
import { createTogether } from './together.ts';

/** The ledger in SQLite: every promise is one committed transaction. */
export function createLedger(database: DatabaseSync, clock: Clock, { ownsFolder }: { ownsFolder: boolean }): Ledger {
  const { run, get, all } = createStatements(database);
  const queue = createQueue({ run, get, all }, clock);
  // The data folder is locked to this process, so whatever runs at the opening ran when the last process died.
  if (ownsFolder) transaction(database, () => queue.release(Number.MAX_SAFE_INTEGER));

  const record = createRecorder({ run, get }, queue);
  const bell = createBell<JobKind>();
  const tell = (): void => bell.ring(queue.stirred());
  const changing = (body: () => void): void => {
    transaction(database, body);
    tell();
  };

  const settleAccounts = (job: ClaimedJob, outcome: Outcome): void => {
    if (!queue.isOurs(job)) throw new AgentError('TOO_BUSY', `The lease of job ${job.id} was lost.`);
    if (outcome.kind === 'wait') return queue.waitUntil(job, outcome.until);
    queue.end(job);
    outcome.facts.forEach(record);
    outcome.next.forEach(queue.put);
  };

  const giveBack = (job: ClaimedJob, { error, retryAt, facts, next = [] }: JobFailure): void => {
    if (!queue.isOurs(job)) return;
    queue.fail(job, error, retryAt);
    facts.forEach(record);
    next.forEach(queue.put);
  };

  return {
    ...createReadingList({ all }),
    ...createSightings({ all }),
    admit: createTogether(
      database,
      tell,
      ({ instance, next, nextOfStudy, ...arrival }: Admission): 'new' | 'repeated' => {
        if (get('instance', instance.facts.sopInstance)) return 'repeated';
        const isFirst = get('study', instance.facts.study) === undefined;
        run('insertInstance', ...instanceValues(instance));
        run('arriveStudy', ...arrivalValues(instance, arrival));
        for (const job of [...next, ...(isFirst ? nextOfStudy : [])]) queue.put(job);
        return 'new';
      },
    ),
    holds: async (sopInstance) => get('instance', sopInstance) !== undefined,

    // A lease is over with its process anyway.
    claim: async (kinds, leaseMs) => passingTransaction(database, () => queue.claim(kinds, leaseMs)),
    renew: async (job, leaseMs) => run('renew', job.id, clock.now() + leaseMs),
    onStir: bell.await,
    commit: async (job, outcome) => changing(() => settleAccounts(job, outcome)),
    giveBack: async (job, failure) => changing(() => giveBack(job, failure)),
    record: async ({ facts, next }) =>
      changing(() => {
        facts.forEach(record);
        next.forEach(queue.put);
      }),
    enqueue: async (jobs) => changing(() => jobs.forEach(queue.put)),

    study: async (study) => optional(get('study', study), studyOf),
    studies: async ({ limit, offset }) => all('studies', limit, offset).map(studyOf),
    instances: async (study, role) => all('instancesOfStudy', study, role).map(instanceOf),
    instance: async (sopInstance) => optional<Instance>(get('instance', sopInstance), instanceOf),
    assessment: async (study, revision) =>
      optional(
        revision === undefined ? get('lastAssessment', study) : get('assessment', study, revision),
        json<Assessment>('assessment'),
      ),
    prior: async (study) => optional(get('priorAssessment', study), json<Assessment>('assessment')),
    looks: async (study) => all('looksOfStudy', study).map(json<Look>('look')),
    senderGaps: async (sender, study) =>
      all('gapsOfSender', sender, study, sendersStudies).map((row) => row['longest_gap'] as number),
    documents: async (study) => all('documentsOfStudy', study).map(json<ResultDocument>('document')),
    document: async (sopInstance) => optional(get('document', sopInstance), json<ResultDocument>('document')),
    deliveries: async (study) => all('deliveriesOfStudy', study).map(deliveryOf),
    setAside: async (limit) => queue.setAside(limit),
    backlog: async () => queue.backlog(),

    checkpoint: async (name) => get('checkpoint', name)?.['value'] as string | undefined,
    saveCheckpoint: async (name, value) => run('putCheckpoint', name, value),
    close: () => database.close(),
  };
}

/** So many of a sender's latest studies tell how it sends. */
const sendersStudies = 20;

function optional<T>(row: Row | undefined, read: (row: Row) => T): T | undefined {
  return row && read(row);
}

function json<T>(column: string): (row: Row) => T {
  return (row) => JSON.parse(row[column] as string) as T;
}
