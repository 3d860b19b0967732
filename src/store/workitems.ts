import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { Identifying } from '#domain/identifying';
import type { DicomJson } from '#domain/instance';
import { priorityLevels, type Priority } from '#domain/triage';
import type { StudyUid, Uid } from '#domain/uid';
import type { StepState, Workitem } from '#domain/workitem';
import type { WorkitemRows, WorkitemStore } from '#src/ports/worklist';
import type { Row } from './rows.ts';
import { transaction } from './statements.ts';

// Every statement of the worklist. A test plans each and sees an index used.
export const workitemSql = {
  step: `select * from workitems where uid = ?1`,
  putStep: `insert into workitems
    (uid, state, urgency, transaction_uid, study, revision, attempt, attributes, created_at, changed_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    on conflict (uid) do update set state = excluded.state, urgency = excluded.urgency,
    transaction_uid = excluded.transaction_uid, study = excluded.study, revision = excluded.revision,
    attempt = excluded.attempt, attributes = excluded.attributes, changed_at = excluded.changed_at`,
  ours: `select * from workitems where study = ?1 and study is not null and attributes is not null
    order by revision, attempt`,
  steps: `select * from workitems where attributes is not null and urgency between ?1 and ?2
    order by urgency, created_at, uid limit ?3 offset ?4`,
  stepsInState: `select * from workitems where attributes is not null and state = ?5 and urgency between ?1 and ?2
    order by urgency, created_at, uid limit ?3 offset ?4`,
  forget: `update workitems set attributes = null, transaction_uid = null
    where attributes is not null and state in ('COMPLETED', 'CANCELED') and changed_at < ?1
    and not exists (select 1 from workitem_subscribers where workitem = uid and deletion_lock = 1)`,
  subscribers: `select * from workitem_subscribers where workitem = ?1 order by ae`,
  subscribe: `insert into workitem_subscribers (workitem, ae, deletion_lock) values (?1, ?2, ?3)
    on conflict (workitem, ae) do update set deletion_lock = excluded.deletion_lock`,
  unsubscribe: `delete from workitem_subscribers where workitem = ?1 and ae = ?2`,
  unsubscribeAll: `delete from workitem_subscribers where ae = ?1`,
  // The few who wish to be told of everything: all of them are asked for each new step.
  worklistSubscriptions: `select * from worklist_subscriptions order by ae, filter`,
  putWorklistSubscription: `insert into worklist_subscriptions (ae, filter, deletion_lock) values (?1, ?2, ?3)
    on conflict (ae, filter) do update set deletion_lock = excluded.deletion_lock`,
  dropWorklistSubscriptions: `delete from worklist_subscriptions where ae = ?1 and (filter <> '') = ?2`,
  begun: `select 1 from jobs where study = ?1 and state = 'running' and kind <> 'worklist' limit 1`,
  withdrawJobs: `delete from jobs where study = ?1 and state = 'waiting' and kind in ('glance', 'look', 'settle')`,
  setAside: `update studies set state = ?2 where study = ?1`,
} as const;
type Name = keyof typeof workitemSql;

/** The worklist in SQLite, beside the ledger and in its transactions. */
export function createWorkitemStore(database: DatabaseSync): WorkitemStore {
  const prepared = new Map<Name, StatementSync>();
  const statement = (name: Name): StatementSync => {
    const known = prepared.get(name) ?? database.prepare(workitemSql[name]);
    prepared.set(name, known);
    return known;
  };
  const rows = rowsOver(statement);
  return { transaction: async (act) => transaction(database, () => act(rows)) };
}

function rowsOver(statement: (name: Name) => StatementSync): WorkitemRows {
  const all = (name: Name, ...values: SQLInputValue[]) => statement(name).all(...values) as Row[];
  const get = (name: Name, ...values: SQLInputValue[]) => statement(name).get(...values) as Row | undefined;
  const run = (name: Name, ...values: SQLInputValue[]) => Number(statement(name).run(...values).changes);
  return {
    get(uid) {
      const row = get('step', uid);
      return row && (row['attributes'] === null ? 'gone' : stepOf(row));
    },
    put: (step) => void run('putStep', ...stepValues(step)),
    ours: (study) => all('ours', study).map(stepOf),
    find({ state, priority, limit, offset }) {
      const [first, last] = priority ? [urgencyOf(priority), urgencyOf(priority)] : [0, priorityLevels.length];
      const found =
        state === undefined
          ? all('steps', first, last, limit, offset)
          : all('stepsInState', first, last, limit, offset, state);
      return found.map(stepOf);
    },
    expire: (before) => void run('forget', before),
    subscribers: (uid) =>
      all('subscribers', uid).map((row) => ({ ae: row['ae'] as string, lock: row['deletion_lock'] === 1 })),
    subscribe: (uid, { ae, lock }) => void run('subscribe', uid, ae, Number(lock)),
    unsubscribe: (uid, ae) => run('unsubscribe', uid, ae) > 0,
    unsubscribeAll: (ae) => void run('unsubscribeAll', ae),
    worklistSubscriptions: () =>
      all('worklistSubscriptions').map((row) => ({
        ae: row['ae'] as string,
        lock: row['deletion_lock'] === 1,
        ...(row['filter'] !== '' && { filter: row['filter'] as string }),
      })),
    putWorklistSubscription: ({ ae, filter = '', lock }) =>
      void run('putWorklistSubscription', ae, filter, Number(lock)),
    dropWorklistSubscriptions: (ae, kind) => run('dropWorklistSubscriptions', ae, Number(kind === 'filtered')) > 0,
    withdraw(study, fault) {
      if (get('begun', study)) return false;
      run('withdrawJobs', study);
      run('setAside', study, JSON.stringify({ kind: 'set-aside', revision: 1, fault }));
      return true;
    },
  };
}

function urgencyOf(priority: Priority): number {
  return priorityLevels.indexOf(priority);
}

const priorityTag = '00741200';

function stepValues(step: Workitem): SQLInputValue[] {
  const attributes = step.attributes.disclose();
  const priority = priorityLevels.indexOf(attributes[priorityTag]?.Value?.[0] as Priority);
  const { uid, state, transaction = null, ours, createdAt, changedAt } = step;
  return [
    uid, state, priority < 0 ? priorityLevels.length : priority, transaction,
    ours?.study ?? null, ours?.revision ?? null, ours?.attempt ?? null, JSON.stringify(attributes), createdAt, changedAt,
  ]; // prettier-ignore
}

function stepOf(row: Row): Workitem {
  return {
    uid: row['uid'] as Uid,
    state: row['state'] as StepState,
    attributes: new Identifying(JSON.parse(row['attributes'] as string) as DicomJson),
    createdAt: row['created_at'] as number,
    changedAt: row['changed_at'] as number,
    ...(row['transaction_uid'] !== null && { transaction: row['transaction_uid'] as string }),
    ...(row['study'] !== null && {
      ours: {
        study: row['study'] as StudyUid,
        revision: row['revision'] as number,
        attempt: row['attempt'] as number,
      },
    }),
  };
}
