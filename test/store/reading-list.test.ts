import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Decision } from '#domain/decision';
import type { Instance } from '#domain/instance';
import type { Priority } from '#domain/triage';
import { deriveUid, type StudyUid } from '#domain/uid';
import type { Ledger } from '#src/ports/ledger';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { anInstance } from '#test/support/instances';
import { manualClock } from '#test/support/manual-clock';

const folder = mkdtempSync(join(tmpdir(), 'apical-reading-'));
let ledger: Ledger;
beforeEach(() => {
  ledger = createLedger(openDatabase(folder), manualClock(), { ownsFolder: true });
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true });
});

const uid = (name: string) => deriveUid('study', name) as StudyUid;

async function arrive(name: string, receivedAt: number, priority?: Priority) {
  const study = uid(name);
  const instance = anInstance(name);
  const arrived: Instance = { ...instance, receivedAt, facts: { ...instance.facts, study } };
  const triage = priority && { study, stage: 'arrival' as const, priority, reasons: [], at: receivedAt };
  await ledger.admit({ instance: arrived, next: [], nextOfStudy: [], ...(triage && { triage }) });
}

const namesOf = async (query: Partial<Parameters<Ledger['studiesToRead']>[0]> = {}) => {
  const rows = await ledger.studiesToRead({ limit: 10, offset: 0, ...query });
  return rows.map(({ study }) => ['low', 'usual', 'late', 'urgent'].find((name) => uid(name) === study));
};

const decided = (name: string): Decision =>
  ({ document: deriveUid('decision', name), study: uid(name), verdict: 'accepted', at: 1 }) as unknown as Decision;

test('what is urgent stands first, then the newest; what was decided goes to the end', async () => {
  await arrive('low', 400, 'LOW');
  await arrive('usual', 100);
  await arrive('late', 300, 'MEDIUM');
  await arrive('urgent', 50, 'HIGH');
  expect(await namesOf()).toEqual(['urgent', 'late', 'usual', 'low']);
  await ledger.record({ facts: [{ kind: 'decided', decision: decided('urgent') }], next: [] });
  expect(await namesOf()).toEqual(['late', 'usual', 'low', 'urgent']);
  expect(await ledger.study(uid('urgent'))).toMatchObject({ decided: 'accepted' });
  expect(await namesOf({ isDecided: false, priority: 'MEDIUM' })).toEqual(['late', 'usual']);
  expect(await namesOf({ among: [uid('low'), uid('urgent')] })).toEqual(['low', 'urgent']);
  expect(await namesOf({ state: 'assessed' })).toEqual([]);
  expect(await ledger.studiesStanding()).toEqual([
    { priority: 'MEDIUM', state: 'receiving', isDecided: false, count: 2 },
    { priority: 'LOW', state: 'receiving', isDecided: false, count: 1 },
    { priority: 'HIGH', state: 'receiving', isDecided: true, count: 1 },
  ]);
});

test('a study that is assessed anew is to be read anew; the decision is kept', async () => {
  await arrive('usual', 100);
  const decision = decided('usual');
  await ledger.record({ facts: [{ kind: 'decided', decision }], next: [] });
  const assessment = { study: uid('usual'), revision: 2 } as never;
  await ledger.record({ facts: [{ kind: 'assessed', assessment }], next: [] });
  expect(await ledger.study(uid('usual'))).not.toHaveProperty('decided');
  expect(await ledger.decisions(uid('usual'))).toEqual([decision]);
});
