import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AgentError } from '#domain/errors';
import { additions, schema, schemaVersion } from './schema.ts';

/** A new data folder is nobody else's to read: patients' names and pictures lie in it. One that is there keeps its mode. */
const ownersOnly = 0o700;

/** Opens the embedded database of a data folder, creating it where there is none. */
export function openDatabase(archiveFolder: string, { readOnly = false }: { readOnly?: boolean } = {}): DatabaseSync {
  mkdirSync(archiveFolder, { recursive: true, mode: ownersOnly });
  const database = new DatabaseSync(join(archiveFolder, 'ledger.sqlite'), { readOnly });
  database.exec('pragma busy_timeout = 5000');
  const { user_version: version } = database.prepare('pragma user_version').get() as { user_version: number };
  if (readOnly && version < schemaVersion) {
    database.close();
    const detail = 'The data folder was written by an older release: start this one on it once.';
    throw new AgentError('CONFIGURATION_INVALID', detail);
  }
  if (readOnly) return database;
  // FULL, not NORMAL: in WAL mode NORMAL may lose the last commits when the power goes.
  database.exec('pragma journal_mode = wal; pragma synchronous = full');
  if (version > schemaVersion) {
    const detail = `The data folder was written by a newer release (schema ${version}, this one knows ${schemaVersion}): install that release.`;
    throw new AgentError('CONFIGURATION_INVALID', detail);
  }
  const since = additions.slice(Math.max(0, version - 1)).join(' ');
  database.exec(`begin immediate; ${schema} ${since} pragma user_version = ${schemaVersion}; commit`);
  return database;
}

/** Takes the data folder for this process; the operating system gives it back however the process ends. */
export function lockDataFolder(dataFolder: string): { release(): void } {
  mkdirSync(dataFolder, { recursive: true, mode: ownersOnly });
  const lock = new DatabaseSync(join(dataFolder, 'lock.sqlite'));
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (cause) {
    lock.close();
    // node:sqlite gives the result code: SQLITE_BUSY, SQLITE_LOCKED; whatever else is the disk's or the folder's.
    const { errcode } = cause as { errcode?: number };
    if (errcode !== 5 && errcode !== 6) throw cause;
    const detail = 'Another agent is running on this data folder: stop it, or set another dataFolder.';
    throw new AgentError('CONFIGURATION_INVALID', detail, { cause });
  }
  return { release: () => lock.close() };
}
