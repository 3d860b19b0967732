import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadConfiguration } from '#config/load';
import { readHeader } from '#dicom/header';
import type { StudyUid } from '#domain/uid';
import { createHash } from 'node:crypto';
import { backUp } from '#src/backup';
import { examineArchive, repairArchive } from '#src/repair';
import type { Ledger } from '#src/ports/ledger';
import { dataFolders } from '#store/files';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { makeDicom } from '#test/support/make-dicom';
import { manualClock } from '#test/support/manual-clock';

let folder: string;
let dataFolder: string;
let to: string;
let ledger: Ledger;
const clock = manualClock();
const study = '1.2.6' as StudyUid;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'apical-backup-'));
  [dataFolder, to] = [join(folder, 'data'), join(folder, 'backup')];
  ledger = createLedger(openDatabase(dataFolders(dataFolder).archive), clock, { ownsFolder: true });
  for (const name of ['1', '2']) await keepObject(name);
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true });
});

const fileOf = (name: string) => join('instances', study, '1.2.6.1', `1.2.6.1.${name}.dcm`);
const place = (name: string) => join(dataFolders(dataFolder).archive, fileOf(name));

async function keepObject(name: string): Promise<void> {
  const bytes = makeDicom({ study, series: '1.2.6.1', sopInstance: `1.2.6.1.${name}`, frames: [Number(name)] });
  mkdirSync(dirname(place(name)), { recursive: true });
  writeFileSync(place(name), bytes);
  const instance = {
    facts: readHeader(place(name)),
    file: fileOf(name),
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    receivedAt: clock.now(),
    role: 'source' as const,
  };
  const settle = { job: { kind: 'settle' as const, study }, runAt: 0, priority: 1 };
  await ledger.admit({ instance, next: [settle], nextOfStudy: [] });
}

test('what a backup holds is the archive again: rows, files, jobs and keys, taken while the agent works', async () => {
  mkdirSync(join(dataFolder, 'keys'));
  writeFileSync(join(dataFolder, 'keys', 'decisions.jwk'), '{}');
  expect(await backUp({ dataFolder }, to)).toMatchObject({ objects: 2, copied: 2, missing: [], damaged: [] });
  ledger.close();
  rmSync(dataFolder, { recursive: true });
  cpSync(to, dataFolder, { recursive: true });
  const configuration = loadConfiguration({ overrides: { dataFolder } });
  const whole = { files: 2, rows: 2, unknown: [], missing: [], damaged: [] };
  expect(await examineArchive(configuration)).toMatchObject(whole);
  expect(await repairArchive(configuration, clock)).toMatchObject({ ...whole, entered: 0 });
  ledger = createLedger(openDatabase(dataFolders(dataFolder).archive), clock, { ownsFolder: true });
  expect((await ledger.study(study))?.instances).toBe(2);
  expect((await ledger.claim(['settle'], 1000))?.job).toEqual({ kind: 'settle', study });
  expect(existsSync(join(dataFolder, 'keys', 'decisions.jwk'))).toBe(true);
});

test('the next backup copies what is new, and what came after a backup is entered on restoring', async () => {
  await backUp({ dataFolder }, to);
  await keepObject('3');
  expect(await backUp({ dataFolder }, to)).toMatchObject({ objects: 3, copied: 1 });
  cpSync(place('1'), join(to, 'archive', 'instances', study, '1.2.6.1', '1.2.6.1.4.dcm'));
  rmSync(join(to, 'archive', 'ledger.sqlite'));
  const restored = loadConfiguration({ overrides: { dataFolder: to } });
  expect(await repairArchive(restored, clock)).toMatchObject({ files: 4, rows: 0, entered: 3 }); // one twice
});

test('a backup that was cut short is finished by the next, and is the one before until then', async () => {
  await backUp({ dataFolder }, to);
  const before = readFileSync(join(to, 'archive', 'ledger.sqlite'));
  await keepObject('3');
  writeFileSync(join(to, 'archive', 'ledger.sqlite.new'), 'cut short');
  writeFileSync(join(to, 'archive', `${fileOf('3')}.part`), 'cut short');
  expect(readFileSync(join(to, 'archive', 'ledger.sqlite')).equals(before)).toBe(true);
  expect(await backUp({ dataFolder }, to)).toMatchObject({ objects: 3, copied: 1 });
  expect(await examineArchive(loadConfiguration({ overrides: { dataFolder: to } }))).toMatchObject({
    files: 3,
    rows: 3,
    unknown: [],
  });
});

test('a file that was changed or is gone is named, and not copied over a good one', async () => {
  await backUp({ dataFolder }, to);
  await keepObject('3');
  const content = readFileSync(place('3'));
  content[content.length - 1] = 9;
  writeFileSync(place('3'), content);
  rmSync(place('1'));
  expect(await backUp({ dataFolder }, to)).toMatchObject({
    objects: 3,
    copied: 0,
    missing: [],
    damaged: ['1.2.6.1.3'],
  });
  rmSync(join(to, 'archive', fileOf('1')));
  expect(await backUp({ dataFolder }, to)).toMatchObject({ missing: ['1.2.6.1.1'], damaged: ['1.2.6.1.3'] });
});

test('a backup does not go into the data folder, nor begin where nothing is', async () => {
  await expect(backUp({ dataFolder }, join(dataFolder, 'backup'))).rejects.toThrow('does not lie in what it backs up');
  await expect(backUp({ dataFolder: join(folder, 'nowhere') }, to)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
