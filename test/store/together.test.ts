import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { NextJob } from '#domain/outcome';
import type { StudyUid } from '#domain/uid';
import { createFolderSync } from '#store/folder-sync';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { anInstance } from '#test/support/instances';
import { manualClock } from '#test/support/manual-clock';
import { admit } from '#test/support/receiving';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'together-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const settle = (study: StudyUid): NextJob => ({ job: { kind: 'settle', study }, runAt: 1, priority: 1 });

test('instances that wait at the same time are admitted in one commit, each with its own answer', async () => {
  const database = openDatabase(folder);
  const ledger = createLedger(database, manualClock(), { ownsFolder: true });
  const commits: string[] = [];
  const exec = database.exec.bind(database);
  database.exec = (sql) => {
    if (sql === 'commit') commits.push(sql);
    exec(sql);
  };
  const [a, b] = [anInstance('a'), anInstance('b')];
  const broken = { ...anInstance('c'), bytes: Number.NaN }; // a column that takes integers only
  const enter = (instance: typeof a) => admit(ledger, instance, settle(instance.facts.study));
  expect(await Promise.all([enter(a), enter(b), enter(a)])).toEqual(['new', 'new', 'repeated']);
  expect(commits).toHaveLength(1);
  const outcomes = await Promise.allSettled([enter(anInstance('d')), enter(broken), enter(anInstance('e'))]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await ledger.holds(anInstance('e').facts.sopInstance)).toBe(true);
  ledger.close();
});

test('a folder that is not there cannot be made durable, whoever waits for it', async () => {
  const sync = createFolderSync();
  await Promise.all([sync(folder), sync(folder), sync(folder)]);
  const gone = join(folder, 'gone');
  const outcomes = await Promise.allSettled([sync(gone), sync(gone), sync(gone)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
});
