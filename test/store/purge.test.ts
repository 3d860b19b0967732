import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Delivery, ResultDocument } from '#domain/document';
import type { AgentEvent } from '#domain/event';
import type { Instance, Origin } from '#domain/instance';
import type { Fact } from '#domain/outcome';
import { deriveUid, type StudyUid } from '#domain/uid';
import { keep, type KeepingPolicy } from '#src/keeping';
import type { Ledger } from '#src/ports/ledger';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { createPurge, finishPurges, type Hold, type Purge } from '#store/purge';
import { anInstance } from '#test/support/instances';
import { manualClock } from '#test/support/manual-clock';

let folder: string;
let clock: ReturnType<typeof manualClock>;
let database: DatabaseSync;
let ledger: Ledger;
let purge: Purge;
const events: AgentEvent[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'apical-purge-'));
  clock = manualClock(100 * day);
  events.length = 0;
  open();
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const day = 86_400_000;
const policy = (more: Partial<KeepingPolicy>): KeepingPolicy => ({
  pushedSources: false,
  schedule: '* * * * *',
  ...more,
});
const doors = () => ({ purge, clock, publish: (event: AgentEvent) => void events.push(event) });

/** As after a start: whatever was under way is brought to an end first. */
function open(): void {
  database = openDatabase(folder);
  finishPurges(database, folder);
  ledger = createLedger(database, clock, { ownsFolder: true });
  purge = createPurge(database, folder);
}

function die(): void {
  database.close();
  open();
}

const uidOf = (name: string) => deriveUid('study', name) as StudyUid;
const at = (file: string) => join(folder, file);

async function write(instance: Instance): Promise<void> {
  mkdirSync(dirname(at(instance.file)), { recursive: true });
  writeFileSync(at(instance.file), 'content');
}

interface Made {
  readonly daysAgo: number;
  readonly origin?: Origin;
  readonly proof?: Delivery['proof'];
  readonly state?: 'assessed' | 'receiving';
}

/** A study of two sources and one document that was delivered. */
async function make(name: string, { daysAgo, origin = polled, proof, state = 'assessed' }: Made): Promise<StudyUid> {
  const study = uidOf(name);
  for (const each of ['a', 'b']) {
    const made = anInstance(each, { study: name });
    const { series, sopInstance } = made.facts;
    const file = join('instances', study, series, `${sopInstance}.dcm`);
    const instance = { ...made, file, origin, receivedAt: clock.now() - daysAgo * day };
    await write(instance);
    await ledger.admit({ instance, next: [], nextOfStudy: [] });
  }
  const result = anInstance('result', { study: name });
  const sopInstance = deriveUid('document', name);
  const facts = { ...result.facts, sopInstance };
  const file = join('instances', study, 'results', `${sopInstance}.dcm`);
  const instance: Instance = { ...result, facts, file, role: 'result' };
  await write(instance);
  const document = { sopInstance, study, revision: 1, kind: 'sr' } as ResultDocument;
  const delivery: Delivery = {
    document: sopInstance,
    destination: 'pacs',
    state: 'delivered',
    attempts: 1,
    at: 1,
    ...(proof && { proof }),
  };
  const recorded: Fact[] = [
    { kind: 'written', document, instance },
    { kind: 'delivery', delivery },
    { kind: 'study-state', study, state: state === 'assessed' ? { kind: state, revision: 1 } : { kind: state } },
  ];
  await ledger.record({ facts: recorded, next: [] });
  return study;
}

const polled: Origin = { kind: 'poll', archive: 'pacs' };
const pushed: Origin = { kind: 'c-store', callingAeTitle: 'ECHO1', calledAeTitle: 'APICAL', address: '::1' };
const committed = { proof: 'committed' } as const;
const filesOf = (study: StudyUid): readonly string[] => {
  const place = join(folder, 'instances', study);
  return existsSync(place)
    ? readdirSync(place, { recursive: true })
        .map(String)
        .filter((name) => name.endsWith('.dcm'))
    : [];
};
const left = () => readdirSync(join(folder, 'instances')).length;

test('a study that is old enough and proved to be elsewhere goes, rows and files; a younger one stays', async () => {
  const old = await make('old', { daysAgo: 40, ...committed });
  const young = await make('young', { daysAgo: 20, ...committed });
  const report = await keep(policy({ days: 30 }), doors());
  expect(report).toEqual({ bytesBefore: 60, bytesAfter: 30, gone: [{ study: old, bytes: 30 }], held: {} });
  expect([filesOf(old).length, filesOf(young).length]).toEqual([0, 3]);
  expect(await ledger.study(old)).toBeUndefined();
  expect(await ledger.instances(old, 'source')).toEqual([]);
  expect(readdirSync(join(folder, 'purged'))).toEqual([]);
  expect(events).toEqual([{ kind: 'study-purged', study: old, bytes: 30 }]);
});

test('what was found and where it was delivered stays known', async () => {
  const study = await make('old', { daysAgo: 40, ...committed });
  await keep(policy({ days: 30 }), doors());
  expect(await ledger.documents(study)).toHaveLength(1);
  expect(await ledger.deliveries(study)).toMatchObject([{ destination: 'pacs', proof: 'committed' }]);
});

test.each<[Hold, Made, Partial<KeepingPolicy>]>([
  ['unfinished', { daysAgo: 40, ...committed, state: 'receiving' }, {}],
  ['unproven', { daysAgo: 40 }, {}],
  ['unproven', { daysAgo: 40, origin: pushed }, { pushedSources: true }],
  ['pushed', { daysAgo: 40, ...committed, origin: pushed }, {}],
])('an old study that is %s stays, and is counted', async (hold, made, more) => {
  await make('old', made);
  expect(await keep(policy({ days: 30, ...more }), doors())).toMatchObject({ gone: [], held: { [hold]: 1 } });
  expect(left()).toBe(1);
});

test('with a job that waits, or was set aside, a study stays', async () => {
  const study = await make('old', { daysAgo: 40, ...committed });
  await ledger.enqueue([{ job: { kind: 'settle', study }, runAt: 9e15, priority: 1 }]);
  expect((await keep(policy({ days: 30 }), doors())).held).toEqual({ unfinished: 1 });
});

test('a study that was sent to us goes where a site says that its senders keep it', async () => {
  await make('old', { daysAgo: 40, ...committed, origin: pushed });
  expect((await keep(policy({ days: 30, pushedSources: true }), doors())).gone).toHaveLength(1);
  expect(left()).toBe(0);
});

test('while the archive is too large the oldest go first, and no more than have to', async () => {
  const names = ['first', 'second', 'third', 'fourth'];
  for (const [index, name] of names.entries()) {
    await make(name, { daysAgo: 10 - index, ...(name !== 'second' && committed) });
  }
  const report = await keep(policy({ bytesMax: 70 }), doors());
  expect(report).toMatchObject({ bytesBefore: 120, bytesAfter: 60, held: { unproven: 1 } });
  expect(report.gone.map(({ study }) => study)).toEqual(['first', 'third'].map(uidOf));
});

test('without a limit nothing goes', async () => {
  await make('old', { daysAgo: 4000, ...committed });
  expect((await keep(policy({}), doors())).gone).toEqual([]);
});

test('a dry run says the same and changes nothing', async () => {
  for (const name of ['a', 'b', 'c']) await make(name, { daysAgo: 40, ...(name !== 'b' && committed) });
  const dry = await keep(policy({ days: 30 }), doors(), { dry: true });
  expect([left(), events]).toEqual([3, []]);
  expect(await keep(policy({ days: 30 }), doors())).toEqual(dry);
});

test('more studies than a page are looked through', async () => {
  for (let index = 0; index < 120; index += 1)
    await make(`s${index}`, { daysAgo: 40 + (index % 3), ...(index % 2 === 0 && committed) });
  const report = await keep(policy({ days: 30 }), doors());
  expect([report.gone.length, report.held]).toEqual([60, { unproven: 60 }]);
});

test('killed after the folder was put aside, and before the commit: the study is there again', async () => {
  const study = await make('old', { daysAgo: 40, ...committed });
  mkdirSync(join(folder, 'purged', 'x'), { recursive: true });
  renameSync(join(folder, 'instances', study), join(folder, 'purged', 'x', study));
  die();
  expect(filesOf(study)).toHaveLength(3);
  for (const instance of await ledger.instances(study, 'source')) expect(existsSync(at(instance.file))).toBe(true);
  expect(readdirSync(join(folder, 'purged'))).toEqual([]);
  expect((await keep(policy({ days: 30 }), doors())).gone).toHaveLength(1);
});

test('killed after the commit: the files go at the next start, and nothing of another study with them', async () => {
  const study = await make('old', { daysAgo: 40, ...committed });
  const other = await make('other', { daysAgo: 1 });
  mkdirSync(join(folder, 'purged', 'x'), { recursive: true });
  renameSync(join(folder, 'instances', study), join(folder, 'purged', 'x', study));
  for (const table of ['instances', 'studies']) database.prepare(`delete from ${table} where study = ?`).run(study);
  die();
  expect([filesOf(study).length, filesOf(other).length]).toEqual([0, 3]);
  expect(readdirSync(join(folder, 'purged'))).toEqual([]);
});

test('a commit that fails leaves the study as it was', async () => {
  const study = await make('old', { daysAgo: 40, ...committed });
  database.exec("create trigger full before delete on studies begin select raise(abort, 'no room'); end");
  await expect(purge.take(study, [])).rejects.toThrow('no room');
  expect(filesOf(study)).toHaveLength(3);
  expect(await ledger.instances(study, 'source')).toHaveLength(2);
});

test('a file that is just coming, and has no row yet, is not deleted with its study', async () => {
  const study = await make('old', { daysAgo: 40, ...committed });
  const late = { ...anInstance('late', { study: 'old' }), origin: polled };
  const file = join('instances', study, late.facts.series, `${late.facts.sopInstance}.dcm`);
  await write({ ...late, file });
  expect(await purge.take(study, [])).toBe(true);
  expect(filesOf(study)).toHaveLength(1);
  await ledger.admit({ instance: { ...late, file }, next: [], nextOfStudy: [] });
  expect(existsSync(at(file))).toBe(true);
});

test('a study whose folder is gone is counted as damaged, and keeps its rows for doctor', async () => {
  const study = await make('old', { daysAgo: 40, ...committed });
  rmSync(join(folder, 'instances', study), { recursive: true });
  expect((await keep(policy({ days: 30 }), doors())).held).toEqual({ damaged: 1 });
  expect(await ledger.study(study)).toBeDefined();
});
