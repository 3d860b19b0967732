import { createHash } from 'node:crypto';
import { createReadStream, existsSync, type Stats } from 'node:fs';
import { readdir, rename, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { manufacturer, productName } from '#compose/document-attributes';
import type { Configuration } from '#config/schema';
import { readHeader } from '#dicom/header';
import { AgentError } from '#domain/errors';
import type { Instance, InstanceFacts } from '#domain/instance';
import { createCatalogue } from '#store/catalogue';
import { dataFolders } from '#store/files';
import { createLedger } from '#store/ledger';
import { createStatements } from '#store/statements';
import { instanceValues } from '#store/rows';
import { lockDataFolder, openDatabase } from '#store/open';
import { finishPurges, undoPurges } from '#store/purge';
import type { Clock } from './ports.ts';
import type { Ledger } from './ports/ledger.ts';

/** What the archive's files and the database say of each other. */
export interface ArchiveReport {
  readonly files: number;
  readonly rows: number;
  /** Files that the database did not know, by their place: sources among them are entered when it is repaired. */
  readonly unknown: readonly string[];
  /** SOP Instance UIDs whose file is gone, or another one. */
  readonly missing: readonly string[];
  readonly damaged: readonly string[];
  /** Objects that were entered anew; the studies of sources are assessed when the agent starts. */
  readonly entered: number;
  /** Where a database that could not be read was put. */
  readonly setAside?: string;
}

/** Holds files against the database by place and size; nothing is changed, and the agent may run. */
export async function examineArchive({ dataFolder }: Configuration): Promise<ArchiveReport> {
  const { archive } = dataFolders(dataFolder);
  if (!existsSync(join(archive, 'ledger.sqlite'))) {
    const files = await filesIn(archive);
    return { files: files.length, rows: 0, unknown: files, missing: [], damaged: [], entered: 0 };
  }
  const database = openDatabase(archive, { readOnly: true });
  try {
    return await compare(archive, database, async ({ bytes }, { size }) => size === bytes);
  } catch (cause) {
    throw new AgentError('FILE_MISSING', 'The database cannot be read: stop the agent and run doctor --repair.', {
      cause,
    });
  } finally {
    database.close();
  }
}

/** Holds files against the database byte for byte, and enters the objects that it does not know. Throws CONFIGURATION_INVALID where an agent runs. */
export async function repairArchive({ dataFolder, assessment }: Configuration, clock: Clock): Promise<ArchiveReport> {
  const { archive } = dataFolders(dataFolder);
  const lock = lockDataFolder(dataFolder);
  try {
    const isLost = !existsSync(join(archive, 'ledger.sqlite'));
    const setAside = await putDamagedDatabaseAside(archive, clock);
    if (isLost || setAside !== undefined) undoPurges(archive);
    const database = openDatabase(archive);
    try {
      finishPurges(database, archive);
      const isWhole = async ({ sha256 }: Instance, _: Stats, path: string) => (await digest(path)).sha256 === sha256;
      const report = await compare(archive, database, isWhole);
      const entered = await enterAll(report.unknown, {
        archive,
        database,
        ledger: createLedger(database, clock, { ownsFolder: true }),
        settleAt: clock.now() + assessment.quietPeriodMs,
      });
      return { ...report, entered, ...(setAside !== undefined && { setAside }) };
    } finally {
      database.close();
    }
  } finally {
    lock.release();
  }
}

async function compare(
  archive: string,
  database: DatabaseSync,
  isWhole: (instance: Instance, stats: Stats, path: string) => Promise<boolean>,
): Promise<ArchiveReport> {
  const files = await filesIn(archive);
  const unknown = new Set(files);
  const [missing, damaged]: string[][] = [[], []];
  const catalogue = createCatalogue(database);
  const limit = 500;
  let rows = 0;
  for (let page = await catalogue.instances({ limit }); page.length > 0;) {
    rows += page.length;
    for (const instance of page) {
      unknown.delete(instance.file);
      const path = join(archive, instance.file);
      const stats = await stat(path).catch(() => undefined);
      if (!stats) missing?.push(instance.facts.sopInstance);
      else if (!(await isWhole(instance, stats, path))) damaged?.push(instance.facts.sopInstance);
    }
    page = await catalogue.instances({ limit, offset: rows });
  }
  return { files: files.length, rows, unknown: [...unknown], missing: missing!, damaged: damaged!, entered: 0 };
}

interface EnteringDoors {
  readonly archive: string;
  readonly database: DatabaseSync;
  readonly ledger: Ledger;
  readonly settleAt: number;
}

async function enterAll(places: readonly string[], doors: EnteringDoors): Promise<number> {
  let entered = 0;
  for (const place of places) if (await enter(place, doors)) entered += 1;
  return entered;
}

/**
 * Sources are admitted as if they came now. Our own documents are served again: most are made again when their study is
 * assessed, the same facts, the same UIDs; a reader's decision is not.
 */
async function enter(place: string, { archive, database, ledger, settleAt }: EnteringDoors): Promise<boolean> {
  const path = join(archive, place);
  let facts: InstanceFacts;
  try {
    facts = readHeader(path);
  } catch {
    return false; // it stays where it is, named in the report
  }
  const isOurs = facts.manufacturer === manufacturer && facts.modelName === productName;
  const { mtimeMs } = await stat(path);
  const instance: Instance = {
    facts,
    file: place,
    ...(await digest(path)),
    receivedAt: Math.round(mtimeMs),
    role: isOurs ? 'result' : 'source',
  };
  if (isOurs) {
    createStatements(database).run('insertInstance', ...instanceValues(instance));
    return true;
  }
  const settle = { job: { kind: 'settle', study: facts.study }, runAt: settleAt, priority: 1 } as const;
  return (await ledger.admit({ instance, next: [settle], nextOfStudy: [] })) === 'new';
}

async function putDamagedDatabaseAside(archive: string, clock: Clock): Promise<string | undefined> {
  const file = join(archive, 'ledger.sqlite');
  if (!existsSync(file) || isSound(archive)) return undefined;
  const aside = `${file}.damaged-${clock.now()}`;
  for (const end of ['', '-wal', '-shm']) if (existsSync(file + end)) await rename(file + end, aside + end);
  return aside;
}

function isSound(archive: string): boolean {
  try {
    const database = openDatabase(archive);
    try {
      const [{ quick_check: verdict } = {}] = database.prepare('pragma quick_check(1)').all() as {
        quick_check?: string;
      }[];
      return verdict === 'ok';
    } finally {
      database.close();
    }
  } catch (thrown) {
    if (thrown instanceof AgentError) throw thrown; // written by a newer release: that is no damage
    return false;
  }
}

async function filesIn(archive: string): Promise<readonly string[]> {
  const root = join(archive, 'instances');
  if (!existsSync(root)) return [];
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.dcm'))
    .map((entry) => relative(archive, join(entry.parentPath, entry.name)));
}

async function digest(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    hash.update(chunk);
  }
  return { bytes, sha256: hash.digest('hex') };
}
