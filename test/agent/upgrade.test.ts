import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StudyUid } from '#domain/uid';
import { systemClock } from '#src/clock';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { schemaVersion } from '#store/schema';
import { startAgentProcess, until } from '#test/support/agent-process';
import { makeDicom } from '#test/support/make-dicom';

// A data folder that the release before left: one study assessed, its delivery waiting; one just received.

const folder = mkdtempSync(join(tmpdir(), 'apical-upgrade-'));
const archive = join(folder, 'archive');
const [assessed, received] = ['1.2.9.1', '1.2.9.2'] as StudyUid[] as [StudyUid, StudyUid];
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => {
  for (const study of [assessed, received]) {
    for (const number of [1, 2]) {
      const uids = { study, series: `${study}.1`, sopInstance: `${study}.1.${number}` };
      const path = join(archive, 'instances', study, uids.series, `${uids.sopInstance}.dcm`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, makeDicom({ ...uids, frames: Array<number>(12).fill(9) }));
    }
  }
  const old = new DatabaseSync(join(archive, 'ledger.sqlite'));
  old.exec(readFileSync(join(import.meta.dirname, '..', 'store', 'first-release.sql'), 'utf8'));
  old.close();
});

test('everything that the release before wrote can be read', async () => {
  const database = openDatabase(archive);
  const ledger = createLedger(database, systemClock, { ownsFolder: true });
  expect(database.prepare('pragma user_version').get()).toEqual({ user_version: schemaVersion });
  expect((await ledger.studies({ limit: 10, offset: 0 })).map(({ study, state }) => [study, state])).toEqual([
    [received, { kind: 'receiving' }],
    [assessed, { kind: 'assessed', revision: 1 }],
  ]);
  expect(await ledger.assessment(assessed)).toMatchObject({ stage: 'settled', revision: 1, clips: [{}, {}] });
  expect((await ledger.instances(assessed, 'source'))[0]).toMatchObject({
    origin: { kind: 'c-store', callingAeTitle: 'ECHO1' },
    facts: { modality: 'US', image: { frames: 12 } },
  });
  const documents = await ledger.documents(assessed);
  expect(documents.map(({ kind }) => kind).toSorted()).toEqual(['sr', 'text-sr']);
  expect(await ledger.deliveries(assessed)).toMatchObject([{ state: 'waiting' }, { state: 'waiting' }]);
  expect(await ledger.backlog()).toEqual([
    { kind: 'settle', state: 'waiting', count: 1 },
    { kind: 'write-back', state: 'waiting', count: 2 },
  ]);
  ledger.close();
});

test('the agent goes on where the release before stopped', async () => {
  const agent = await startAgentProcess({ log: { level: 'debug' } }, { dataFolder: folder });
  try {
    const detail = async (study: string) =>
      (await (await fetch(new URL(`/api/studies/${study}`, agent.page))).json()) as {
        state: string;
        documents: { deliveries: { state: string }[] }[];
      };
    await until(async () => ((await detail(received)).state === 'assessed' ? true : undefined), { what: 'the study' });
    const deliveries = async () => (await detail(assessed)).documents.flatMap((document) => document.deliveries);
    await until(async () => ((await deliveries()).every(({ state }) => state === 'withheld') ? true : undefined), {
      what: 'the deliveries, to a destination that is no more',
    });
    const answer = await fetch(new URL('/dicom-web/studies', agent.page));
    expect((await answer.json()) as unknown[]).toHaveLength(2);
    expect(agent.log()).not.toMatch(/"level":"error"|job-failed/);
  } finally {
    await agent.kill('SIGTERM');
  }
}, 120_000);
