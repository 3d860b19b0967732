import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { backup, DatabaseSync } from 'node:sqlite';
import type { Configuration } from '#config/schema';
import { AgentError } from '#domain/errors';
import type { Instance } from '#domain/instance';
import { createCatalogue } from '#store/catalogue';
import { dataFolders } from '#store/files';
import { openDatabase } from '#store/open';
import type { Catalogue } from './ports/archives.ts';

/** What a backup came to. */
export interface BackupReport {
  readonly objects: number;
  /** Those that the backup did not have. */
  readonly copied: number;
  readonly bytes: number;
  /** SOP Instance UIDs whose file is gone, or another one than was kept. */
  readonly missing: readonly string[];
  readonly damaged: readonly string[];
}

/**
 * Copies the archive while the agent works: the database as of one moment, then every file that it knows and the backup has
 * not, each held against its digest; the database takes its place last, so that a backup cut short is the one before.
 * Throws NOT_FOUND or REQUEST_INVALID.
 */
export async function backUp({ dataFolder }: Pick<Configuration, 'dataFolder'>, to: string): Promise<BackupReport> {
  const { archive } = dataFolders(dataFolder);
  if (!existsSync(join(archive, 'ledger.sqlite'))) throw new AgentError('NOT_FOUND', `${dataFolder} holds no archive.`);
  if (!relative(resolve(dataFolder), resolve(to)).startsWith('..'))
    throw new AgentError('REQUEST_INVALID', 'A backup does not lie in what it backs up.');
  const target = join(to, 'archive');
  await mkdir(target, { recursive: true, mode: 0o700 });
  const copy = join(target, 'ledger.sqlite.new');
  await rm(copy, { force: true });
  const source = openDatabase(archive, { readOnly: true });
  try {
    await backup(source, copy);
  } finally {
    source.close();
  }
  const report = await copyFiles(copy, archive, target);
  await syncFile(copy);
  for (const end of ['-wal', '-shm']) await rm(join(target, `ledger.sqlite${end}`), { force: true });
  await rename(copy, join(target, 'ledger.sqlite'));
  await syncFile(target);
  const keys = join(dataFolder, 'keys');
  if (existsSync(keys)) await cp(keys, join(to, 'keys'), { recursive: true });
  return report;
}

async function copyFiles(database: string, archive: string, target: string): Promise<BackupReport> {
  const opened = new DatabaseSync(database);
  opened.exec('pragma journal_mode = delete'); // one file, to be moved
  const [missing, damaged]: [string[], string[]] = [[], []];
  let [objects, copied, bytes] = [0, 0, 0];
  try {
    for await (const instance of every(createCatalogue(opened))) {
      objects += 1;
      const outcome = await copyFile(instance, archive, target);
      if (outcome === 'missing') missing.push(instance.facts.sopInstance);
      if (outcome === 'damaged') damaged.push(instance.facts.sopInstance);
      if (outcome !== 'copied') continue;
      copied += 1;
      bytes += instance.bytes;
    }
  } finally {
    opened.close();
  }
  return { objects, copied, bytes, missing, damaged };
}

async function* every(catalogue: Catalogue): AsyncGenerator<Instance> {
  const limit = 500;
  for (let offset = 0; ; offset += limit) {
    const page = await catalogue.instances({ limit, offset });
    yield* page;
    if (page.length < limit) return;
  }
}

async function copyFile(
  { file, bytes, sha256 }: Instance,
  archive: string,
  target: string,
): Promise<'had' | 'copied' | 'missing' | 'damaged'> {
  const [from, to] = [join(archive, file), join(target, file)];
  if ((await stat(to).catch(() => undefined))?.size === bytes) return 'had';
  if (!existsSync(from)) return 'missing';
  await mkdir(dirname(to), { recursive: true });
  const part = `${to}.part`;
  if ((await copyDigesting(from, part)) !== sha256) {
    await rm(part);
    return 'damaged';
  }
  await rename(part, to);
  await syncFile(dirname(to));
  return 'copied';
}

/** Copies a file to the disk; returns the SHA-256 of what was copied. */
async function copyDigesting(from: string, to: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(to, 'w', 0o600);
  try {
    const write = async (chunk: Buffer): Promise<void> => {
      hash.update(chunk);
      await handle.writeFile(chunk);
    };
    const sink = new Writable({ write: (chunk: Buffer, _, done) => void write(chunk).then(() => done(), done) });
    await pipeline(createReadStream(from, { highWaterMark: 1 << 20 }), sink);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
