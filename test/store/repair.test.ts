import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { manufacturer, productName } from '#compose/document-attributes';
import { loadConfiguration } from '#config/load';
import { readHeader } from '#dicom/header';
import type { Configuration } from '#config/schema';
import type { StudyUid } from '#domain/uid';
import { createReceive } from '#pipeline/receive';
import { examineArchive, repairArchive } from '#src/repair';
import { dataFolders, openInstanceFiles } from '#store/files';
import { createLedger } from '#store/ledger';
import { lockDataFolder, openDatabase } from '#store/open';
import { makeDicom } from '#test/support/make-dicom';
import { manualClock } from '#test/support/manual-clock';
import { quietReceiving } from '#test/support/receiving';

let configuration: Configuration;
let archive: string;
const clock = manualClock();
const study = '1.2.3' as StudyUid;
const srClass = '1.2.840.10008.5.1.4.1.1.88.33';
beforeEach(async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'repair-'));
  configuration = loadConfiguration({ overrides: { dataFolder } });
  archive = dataFolders(dataFolder).archive;
  await receive('1', '2', '3');
});
afterEach(() => rmSync(configuration.dataFolder, { recursive: true }));

const open = () => createLedger(openDatabase(archive), clock, { ownsFolder: true });

async function receive(...names: readonly string[]): Promise<void> {
  const { dataFolder } = configuration;
  const files = await openInstanceFiles({ dataFolder, instanceBytesMax: 1e6, freeBytesMin: 1 }, clock, {
    ownsFolder: true,
  });
  const ledger = open();
  const reader = { examine: async (path: string) => readHeader(path) };
  const limits = { studyBytesMax: 1e9, queueMax: 1000 };
  const door = createReceive({ clock, files, ledger, reader, limits, ...quietReceiving(1), publish: () => undefined });
  for (const name of names) {
    const reception = await door({ kind: 'stow-rs', address: '' });
    reception.sink.end(makeDicom({ study, series: '1.2.3.1', sopInstance: `1.2.3.1.${name}`, frames: [1] }));
    await reception.keep();
  }
  ledger.close();
}

test('a whole archive is called whole', async () => {
  const whole = { files: 3, rows: 3, unknown: [], missing: [], damaged: [], entered: 0 };
  expect(await examineArchive(configuration)).toEqual(whole);
  expect(await repairArchive(configuration, clock)).toEqual(whole);
});

test.each([
  ['was lost', () => rmSync(join(archive, 'ledger.sqlite'))],
  ['is no database', () => writeFileSync(join(archive, 'ledger.sqlite'), 'x'.repeat(10_000))],
])('a database that %s is rebuilt from the files, and the study is assessed again', async (_name, harm) => {
  const before = open();
  const held = await before.instance('1.2.3.1.2');
  before.close();
  for (const end of ['-wal', '-shm']) rmSync(join(archive, `ledger.sqlite${end}`), { force: true });
  harm();
  expect(await repairArchive(configuration, clock)).toMatchObject({ files: 3, rows: 0, entered: 3, missing: [] });
  const ledger = open();
  expect(await ledger.instance('1.2.3.1.2')).toMatchObject({
    file: held?.file,
    sha256: held?.sha256,
    bytes: held?.bytes,
  });
  expect((await ledger.study(study))?.instances).toBe(3);
  expect(await ledger.backlog()).toEqual([{ kind: 'settle', state: 'waiting', count: 1 }]);
  ledger.close();
  expect(await repairArchive(configuration, clock)).toMatchObject({ rows: 3, unknown: [], entered: 0 });
});

test('a file that is gone, or was changed, is named', async () => {
  const place = (name: string) => join(archive, 'instances', study, '1.2.3.1', `1.2.3.1.${name}.dcm`);
  rmSync(place('1'));
  const content = await readFile(place('2'));
  content[content.length - 1] = 7;
  await writeFile(place('2'), content);
  expect(await examineArchive(configuration)).toMatchObject({ missing: ['1.2.3.1.1'], damaged: [] }); // of the same size
  expect(await repairArchive(configuration, clock)).toMatchObject({ missing: ['1.2.3.1.1'], damaged: ['1.2.3.1.2'] });
});

test('a file that is no object is left alone, and an archive at work is not repaired', async () => {
  writeFileSync(join(archive, 'instances', 'stray.dcm'), 'no object at all, but long enough to be looked at');
  expect(await repairArchive(configuration, clock)).toMatchObject({ unknown: ['instances/stray.dcm'], entered: 0 });
  expect(readdirSync(join(archive, 'instances'))).toContain('stray.dcm');
  const lock = lockDataFolder(configuration.dataFolder);
  await expect(repairArchive(configuration, clock)).rejects.toThrow(/Another agent is running/);
  lock.release();
});

test('our own documents are served again once the database is rebuilt, and make no study', async () => {
  const place = join(archive, 'instances', study, '1.2.3.9', '1.2.3.9.1.dcm');
  mkdirSync(dirname(place), { recursive: true });
  const more = { Manufacturer: manufacturer, ManufacturerModelName: productName };
  await writeFile(
    place,
    makeDicom({ study, series: '1.2.3.9', sopInstance: '1.2.3.9.1', sopClass: srClass, modality: 'SR', more }),
  );
  for (const end of ['', '-wal', '-shm']) rmSync(join(archive, `ledger.sqlite${end}`), { force: true });
  expect(await repairArchive(configuration, clock)).toMatchObject({ entered: 4 });
  const ledger = open();
  expect((await ledger.instances(study, 'result')).map(({ facts }) => facts.sopInstance)).toEqual(['1.2.3.9.1']);
  expect((await ledger.study(study))?.instances).toBe(3);
  ledger.close();
  expect(await examineArchive(configuration)).toMatchObject({ unknown: [], rows: 4 });
});

test('a purge that was cut short is ended where the database is whole, and undone where it was lost', async () => {
  const aside = join(archive, 'purged', 'x');
  const putAside = (from: string) => {
    mkdirSync(aside, { recursive: true });
    renameSync(join(archive, 'instances', from), join(aside, from));
  };
  putAside(study); // before the commit: rows are there
  expect(await repairArchive(configuration, clock)).toMatchObject({ missing: [], unknown: [], entered: 0 });
  const database = openDatabase(archive);
  for (const table of ['instances', 'studies', 'jobs']) database.prepare(`delete from ${table}`).run();
  database.close();
  putAside(study); // after it: they are gone
  expect(await repairArchive(configuration, clock)).toMatchObject({ files: 0, rows: 0, entered: 0 });
  await receive('1', '2');
  putAside(study);
  for (const end of ['', '-wal', '-shm']) rmSync(join(archive, `ledger.sqlite${end}`), { force: true });
  expect(await repairArchive(configuration, clock)).toMatchObject({ files: 2, entered: 2 });
});
