import { mkdtempSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Identifying } from '#domain/identifying';
import type { Priority } from '#domain/triage';
import { deriveUid } from '#domain/uid';
import type { Workitem } from '#domain/workitem';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { createWorkitemStore, workitemSql } from '#store/workitems';
import type { WorkitemStore } from '#src/ports/worklist';
import { anInstance } from '#test/support/instances';
import { manualClock } from '#test/support/manual-clock';
import { admit } from '#test/support/receiving';

let folder: string;
let database: DatabaseSync;
let store: WorkitemStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'apical-workitems-'));
  open();
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

function open(): void {
  database = openDatabase(folder);
  store = createWorkitemStore(database);
}

function step(name: string, more: Partial<Workitem> & { priority?: Priority } = {}): Workitem {
  const { priority = 'LOW', ...rest } = more;
  const attributes = new Identifying({ '00741200': { vr: 'CS', Value: [priority] } });
  return { uid: deriveUid(name), state: 'SCHEDULED', attributes, createdAt: 1, changedAt: 1, ...rest };
}

test('a step is there after the process died, with its lock and whose it is', async () => {
  const { study } = anInstance('a').facts;
  const kept = step('a', { state: 'IN PROGRESS', transaction: '1.2.3', ours: { study, revision: 2, attempt: 1 } });
  await store.transaction((rows) => rows.put(kept));
  database.close();
  open();
  const found = await store.transaction((rows) => rows.get(kept.uid));
  expect({ ...(found as Workitem), attributes: (found as Workitem).attributes.disclose() }).toEqual({
    ...kept,
    attributes: kept.attributes.disclose(),
  });
  expect(await store.transaction((rows) => rows.ours(study).map(({ uid }) => uid))).toEqual([kept.uid]);
});

test('the most urgent step is found first, then the oldest', async () => {
  const uids = await store.transaction((rows) => {
    rows.put(step('low'));
    rows.put(step('late', { priority: 'HIGH', createdAt: 3 }));
    rows.put(step('early', { priority: 'HIGH', createdAt: 2 }));
    rows.put(step('done', { priority: 'MEDIUM', state: 'COMPLETED' }));
    return [
      rows.find({ limit: 10, offset: 0 }),
      rows.find({ limit: 1, offset: 1 }),
      rows.find({ state: 'SCHEDULED', priority: 'HIGH', limit: 10, offset: 0 }),
    ].map((found) => found.map(({ uid }) => uid));
  });
  const named = (...names: string[]) => names.map((name) => deriveUid(name));
  expect(uids).toEqual([named('early', 'late', 'done', 'low'), named('late'), named('early', 'late')]);
});

test('what throws within a transaction leaves nothing behind', async () => {
  const broken = store.transaction((rows) => {
    rows.put(step('a'));
    throw new Error('broken');
  });
  await expect(broken).rejects.toThrow('broken');
  expect(await store.transaction((rows) => rows.get(deriveUid('a')))).toBeUndefined();
});

test('a step that ended is forgotten after its time, and known to have been; a deletion lock holds it', async () => {
  const ended = { state: 'COMPLETED', changedAt: 10 } as const;
  const states = await store.transaction((rows) => {
    for (const each of [step('old', ended), step('locked', ended), step('open', { changedAt: 10 })]) rows.put(each);
    rows.put(step('young', { state: 'CANCELED', changedAt: 30 }));
    rows.subscribe(deriveUid('locked'), { ae: 'WATCHER', lock: true });
    rows.expire(20);
    return ['old', 'locked', 'open', 'young'].map((name) => {
      const found = rows.get(deriveUid(name));
      return typeof found === 'object' ? found.state : found;
    });
  });
  expect(states).toEqual(['gone', 'COMPLETED', 'SCHEDULED', 'CANCELED']);
  expect(database.prepare('select count(*) as n from workitems where attributes is null').get()).toEqual({ n: 1 });
});

test('subscriptions are kept per step, and per worklist with their filters', async () => {
  const found = await store.transaction((rows) => {
    rows.subscribe('1.2', { ae: 'A', lock: false });
    rows.subscribe('1.2', { ae: 'A', lock: true });
    rows.subscribe('1.3', { ae: 'A', lock: false });
    rows.putWorklistSubscription({ ae: 'A', lock: false });
    rows.putWorklistSubscription({ ae: 'A', lock: true, filter: '00741200=HIGH' });
    const before = rows.worklistSubscriptions();
    const dropped = [
      rows.dropWorklistSubscriptions('A', 'worklist'),
      rows.dropWorklistSubscriptions('A', 'worklist'),
      rows.unsubscribe('1.2', 'B'),
    ];
    const subscribers = rows.subscribers('1.2');
    rows.unsubscribeAll('A');
    return { before, dropped, subscribers, left: rows.subscribers('1.3'), after: rows.worklistSubscriptions() };
  });
  expect(found).toEqual({
    before: [
      { ae: 'A', lock: false },
      { ae: 'A', lock: true, filter: '00741200=HIGH' },
    ],
    dropped: [true, false, false],
    subscribers: [{ ae: 'A', lock: true }],
    left: [],
    after: [{ ae: 'A', lock: true, filter: '00741200=HIGH' }],
  });
});

test('a study is withdrawn before a job of it has begun, and not after', async () => {
  const ledger = createLedger(database, manualClock(), { ownsFolder: true });
  const instance = anInstance('a');
  const { study } = instance.facts;
  await admit(ledger, instance, { job: { kind: 'settle', study }, runAt: 0, priority: 40 });
  const withdraw = () => store.transaction((rows) => rows.withdraw(study, 'WITHDRAWN'));
  await ledger.enqueue([{ job: { kind: 'worklist', study, worklist: 'own' }, runAt: 0, priority: 5 }]);
  const claimed = await ledger.claim(['settle'], 60_000);
  expect(await withdraw()).toBe(false);
  await ledger.commit(claimed!, { kind: 'wait', until: 0 });
  expect(await withdraw()).toBe(true);
  expect(await ledger.claim(['settle'], 60_000)).toBeUndefined();
  expect(await ledger.claim(['worklist'], 60_000)).toBeDefined();
  expect((await ledger.study(study))?.state).toEqual({ kind: 'set-aside', revision: 1, fault: 'WITHDRAWN' });
});

// Read as a whole for each new step, and never long: those who wish to be told of every step.
test.each(Object.entries(workitemSql).filter(([name]) => name !== 'worklistSubscriptions'))(
  'the statement %s is planned over an index',
  (_, text) => {
    const plan = database.prepare(`explain query plan ${text}`).all() as { detail: string }[];
    expect(plan.filter(({ detail }) => /^SCAN (?!.*USING (COVERING )?INDEX)/.test(detail))).toEqual([]);
    expect(plan.filter(({ detail }) => detail.includes('TEMP B-TREE'))).toEqual([]);
  },
);
