import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AgentError } from '#domain/errors';
import type { Job } from '#domain/job';
import type { Uid } from '#domain/uid';
import { done, waitUntil, type NextJob } from '#domain/outcome';
import { createLedger } from '#store/ledger';
import { lockDataFolder, openDatabase } from '#store/open';
import { sql } from '#store/sql';
import type { Ledger } from '#src/ports/ledger';
import { anInstance } from '#test/support/instances';
import { manualClock } from '#test/support/manual-clock';
import { admit } from '#test/support/receiving';

let folder: string;
let clock: ReturnType<typeof manualClock>;
let ledger: Ledger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'apical-ledger-'));
  clock = manualClock();
  ledger = open();
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true });
});

const open = (): Ledger => createLedger(openDatabase(folder), clock, { ownsFolder: true });
const instance = anInstance('a');
const { study } = instance.facts;
const settle: NextJob = { job: { kind: 'settle', study }, runAt: 0, priority: 40 };
const assess = (priority: number, revision = 1): NextJob => ({
  job: { kind: 'assess', study, revision },
  runAt: 0,
  priority,
});

test('an admitted instance, its study and its settle job are there after the process died', async () => {
  await admit(ledger, instance, settle);
  ledger.close();
  ledger = open();
  expect(await ledger.instances(study, 'source')).toHaveLength(1);
  expect(await ledger.study(study)).toMatchObject({ instances: 1, state: { kind: 'receiving' } });
  expect((await ledger.claim(['settle'], 1000))?.job).toEqual(settle.job);
});

test('whatever is claimed, commits stay synced to the disk', async () => {
  await admit(ledger, instance, settle);
  ledger.close();
  const database = openDatabase(folder);
  ledger = createLedger(database, clock, { ownsFolder: true });
  expect((await ledger.claim(['settle'], 1000))?.job).toEqual(settle.job);
  expect(database.prepare('pragma synchronous').get()).toEqual({ synchronous: 2 }); // FULL
});

test('an instance sent twice counts once', async () => {
  expect(await admit(ledger, instance, settle)).toBe('new');
  expect(await admit(ledger, instance, settle)).toBe('repeated');
  expect((await ledger.study(study))?.instances).toBe(1);
});

test('a job that was queued again while it runs is told again once it has ended, and not beside itself', async () => {
  await ledger.enqueue([assess(1)]);
  const first = await ledger.claim(['assess'], 60_000);
  await ledger.enqueue([assess(1), assess(2, 2)]);
  expect((await ledger.claim(['assess'], 60_000))?.job).toEqual(assess(2, 2).job);
  expect(await ledger.claim(['assess'], 60_000)).toBeUndefined();
  await ledger.commit(first!, done());
  expect((await ledger.claim(['assess'], 60_000))?.job).toEqual(assess(1).job);
});

test('a destination that hangs does not keep the others from their deliveries', async () => {
  const writeBack = (document: string, destination: string): NextJob => ({
    job: { kind: 'write-back', study, document: document as Uid, destination },
    runAt: 0,
    priority: 1,
  });
  await ledger.enqueue(['1.1', '1.2', '1.3', '1.4'].map((document) => writeBack(document, 'hangs')));
  await ledger.enqueue([writeBack('1.1', 'pacs')]);
  const claimed = [];
  for (let times = 0; times < 4; times += 1) claimed.push(await ledger.claim(['write-back'], 60_000));
  const destinations = claimed.map((each) => each?.job.kind === 'write-back' && each.job.destination);
  expect(destinations).toEqual(['hangs', 'hangs', 'pacs', false]);
  await ledger.commit(claimed[0]!, done());
  expect((await ledger.claim(['write-back'], 60_000))?.job).toMatchObject({ destination: 'hangs' });
});

test('a job running when the process died is told again', async () => {
  await ledger.enqueue([assess(1)]);
  expect(await ledger.claim(['assess'], 60_000)).toBeDefined();
  expect(await ledger.claim(['assess'], 60_000)).toBeUndefined();
  ledger.close();
  ledger = open();
  expect(await ledger.claim(['assess'], 60_000)).toMatchObject({ attempt: 2 });
});

test('the end of a job, its facts and its next jobs are committed together or not at all', async () => {
  await admit(ledger, instance, settle);
  const claimed = (await ledger.claim(['settle'], 1000))!;
  const broken = { kind: 'study-state', study, state: { kind: 'assessing', revision: 1n } } as never;
  await expect(ledger.commit(claimed, done([broken], [assess(1)]))).rejects.toThrow();
  expect(await ledger.claim(['assess'], 1000)).toBeUndefined();
  await ledger.commit(
    claimed,
    done([{ kind: 'study-state', study, state: { kind: 'assessing', revision: 1 } }], [assess(1)]),
  );
  expect(await ledger.study(study)).toMatchObject({ state: { kind: 'assessing', revision: 1 } });
  expect(await ledger.claim(['assess'], 1000)).toBeDefined();
  expect(await ledger.claim(['settle'], 1000)).toBeUndefined();
});

test('a job whose lease was lost commits nothing', async () => {
  await ledger.enqueue([assess(1)]);
  const first = (await ledger.claim(['assess'], 1000))!;
  clock.advance(2000);
  expect(await ledger.claim(['assess'], 1000)).toMatchObject({ attempt: 2 });
  await expect(ledger.commit(first, done())).rejects.toMatchObject({ code: 'TOO_BUSY' });
});

test('a settle job queued while it is being told is told again', async () => {
  await admit(ledger, instance, settle);
  const claimed = (await ledger.claim(['settle'], 1000))!;
  await admit(ledger, anInstance('b'), settle);
  await ledger.commit(claimed, done());
  expect(await ledger.claim(['settle'], 1000)).toBeDefined();
});

test('a job that waits and has been queued again meanwhile stays one job', async () => {
  await admit(ledger, instance, settle);
  const claimed = (await ledger.claim(['settle'], 1000))!;
  await admit(ledger, anInstance('b'), settle);
  await ledger.commit(claimed, waitUntil(0));
  expect(await ledger.backlog()).toEqual([{ kind: 'settle', state: 'waiting', count: 1 }]);
});

test('waiting is not an attempt', async () => {
  await ledger.enqueue([settle]);
  await ledger.commit((await ledger.claim(['settle'], 1000))!, waitUntil(clock.now()));
  expect(await ledger.claim(['settle'], 1000)).toMatchObject({ attempt: 1 });
});

test('the smaller priority number goes first, then the earlier', async () => {
  await ledger.enqueue([assess(30, 1), assess(10, 2), { ...assess(10, 3), runAt: -5 }]);
  const order: Job[] = [];
  for (let next = await ledger.claim(['assess'], 1000); next; next = await ledger.claim(['assess'], 1000))
    order.push(next.job);
  expect(order.map((job) => (job as { revision: number }).revision)).toEqual([3, 2, 1]);
});

test('a job that failed for good is counted and kept out of the way, until it is queued anew', async () => {
  await ledger.enqueue([assess(1)]);
  const error = new AgentError('MODEL_UNFIT', '');
  await ledger.giveBack((await ledger.claim(['assess'], 1000))!, { error, facts: [] });
  expect(await ledger.claim(['assess'], 1000)).toBeUndefined();
  expect(await ledger.backlog()).toEqual([{ kind: 'assess', state: 'set-aside', count: 1 }]);
  await ledger.enqueue([assess(1)]);
  expect(await ledger.backlog()).toEqual([{ kind: 'assess', state: 'waiting', count: 1 }]);
});

describe('every statement is planned over an index', () => {
  const whole = /instances .*insert|^insert/i;
  const allowed = new Set(['backlog', 'bytesKept']); // one counts all jobs, over the covering index; one adds all sizes, once a night
  test.each(Object.entries(sql))('%s', (name, text) => {
    const database = openDatabase(folder);
    const plan = database.prepare(`explain query plan ${text}`).all() as { detail: string }[];
    database.close();
    const scans = plan.filter(({ detail }) => detail.startsWith('SCAN') && !/USING (COVERING )?INDEX/.test(detail));
    expect(whole.test(text) || allowed.has(name) ? [] : scans).toEqual([]);
  });
});

test('a second agent on the same data folder is refused with the reason', () => {
  const lock = lockDataFolder(folder);
  expect(() => lockDataFolder(folder)).toThrow('Another agent is running on this data folder');
  lock.release();
  lockDataFolder(folder).release();
});
