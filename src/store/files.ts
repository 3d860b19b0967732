import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AgentError } from '#domain/errors';
import type { InstanceFacts, Origin } from '#domain/instance';
import type { Clock, InstanceFiles, SpoolFile } from '#src/ports';
import { directFlags, takesDirectWrites } from './direct.ts';
import { createFolderSync } from './folder-sync.ts';
import { SpoolSink } from './spool-sink.ts';
import { Writer } from './writer.ts';

export interface FileSettings {
  readonly dataFolder: string;
  readonly instanceBytesMax: number;
  /** Below this much free space nothing more is accepted. */
  readonly freeBytesMin: number;
}

export interface DataFolders {
  readonly spool: string;
  readonly archive: string;
  readonly quarantine: string;
}

export function dataFolders(dataFolder: string): DataFolders {
  return {
    spool: join(dataFolder, 'spool'),
    archive: join(dataFolder, 'archive'),
    quarantine: join(dataFolder, 'quarantine'),
  };
}

/** Instance files in a data folder: `spool` on the way in, `archive` for good, `quarantine` for what was refused. */
export async function openInstanceFiles(
  settings: FileSettings,
  clock: Clock,
  { ownsFolder, freeBytes = freeBytesOf }: { ownsFolder: boolean; freeBytes?: (folder: string) => Promise<number> },
): Promise<InstanceFiles> {
  const folders = dataFolders(settings.dataFolder);
  const syncFolder = createFolderSync();
  const writer = new Writer();
  const requireSpace = async (): Promise<void> => {
    const { freeBytesMin } = settings;
    if ((await freeBytes(folders.spool)) >= freeBytesMin) return;
    throw new AgentError('STORAGE_FULL', `Less than ${freeBytesMin} bytes are free.`);
  };
  if (ownsFolder) await prepareFolders(folders, syncFolder);
  const isDirect = ownsFolder && (await takesDirectWrites(folders.spool));
  return {
    path: ({ file }) => join(folders.archive, file),
    isThere: async ({ file, bytes }) =>
      (await stat(join(folders.archive, file)).catch(() => undefined))?.size === bytes,
    async spool() {
      await requireSpace();
      const path = join(folders.spool, `${randomUUID()}.part`);
      const bytesMax = settings.instanceBytesMax;
      const sink = new SpoolSink(await open(path, isDirect ? directFlags : 'wx'), {
        bytesMax,
        writer,
        isDirect,
        requireSpace,
      });
      return spoolFile({ path, sink, folders, clock, syncFolder });
    },
  };
}

/** What lies in the spool at the start was never promised to anybody. */
async function prepareFolders(folders: DataFolders, syncFolder: SyncFolder): Promise<void> {
  for (const folder of Object.values(folders)) await makeFolderDurably(folder, syncFolder);
  for (const name of await readdir(folders.spool)) await rm(join(folders.spool, name), { force: true });
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

interface SpoolParts {
  readonly path: string;
  readonly sink: SpoolSink;
  readonly folders: DataFolders;
  readonly clock: Clock;
  readonly syncFolder: SyncFolder;
}

function spoolFile({ path, sink, folders, clock, syncFolder }: SpoolParts): SpoolFile {
  return {
    path,
    sink,
    seal: async () => sink.seal(),
    async file(facts) {
      const place = placeOf(facts);
      const target = join(folders.archive, place);
      await makeFolderDurably(dirname(target), syncFolder);
      // What is replaced was promised once, so it stays until the other is on the disk. A new file may take its name at
      // once: without a row it is nobody's, and the two syncs go to the disk together.
      if (existsSync(target)) await sink.synced();
      await rename(path, target);
      await Promise.all([sink.synced(), syncFolder(dirname(target))]);
      return place;
    },
    async quarantine(error, origin) {
      await sink.abandon();
      const entry = `${clock.now()}-${randomUUID()}`;
      await rename(path, join(folders.quarantine, `${entry}.dcm`));
      await writeFile(join(folders.quarantine, `${entry}.json`), quarantineNote(error, origin, clock.now()));
      return entry;
    },
    async remove() {
      await sink.abandon();
      await rm(path, { force: true });
    },
  };
}

function quarantineNote({ code, message }: AgentError, origin: Origin, at: number): string {
  return `${JSON.stringify({ at: new Date(at).toISOString(), code, message, origin }, null, 2)}\n`;
}

/** UIDs hold digits and dots only, so they make safe names. */
function placeOf({ study, series, sopInstance }: InstanceFacts): string {
  return join('instances', study, series, `${sopInstance}.dcm`);
}

type SyncFolder = (folder: string) => Promise<void>;

async function makeFolderDurably(folder: string, syncFolder: SyncFolder): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}
