import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { AgentError } from '#domain/errors';
import type { StudyUid } from '#domain/uid';
import type { Row } from './rows.ts';
import { createStatements, transaction } from './statements.ts';

/** Why a study has to stay: work on it is not finished, a document is proved nowhere, or only we may have its objects. */
export type Hold = 'unfinished' | 'unproven' | 'pushed';

/** A study as it may come to go. */
export interface AgeingStudy {
  readonly study: StudyUid;
  readonly lastArrivalAt: number;
  readonly bytes: number;
  readonly hold?: Hold;
}

/** Takes studies out of the archive. What was found and where it was delivered stays known. */
export interface Purge {
  /** Bytes of all objects. */
  bytes(): number;
  /** So many studies, the longest untouched first, after the one given. */
  oldest(limit: number, after?: AgeingStudy): readonly AgeingStudy[];
  /** Takes a study out, unless it has to stay for another reason than those allowed; resolves once its files are gone. Throws FILE_MISSING. */
  take(study: StudyUid, allowed: readonly Hold[]): Promise<boolean>;
}

const asideName = 'purged';

/** What was found and delivered stays, without anything that identifies a patient; what a reader wrote might. */
const purging = ['purgeInstances', 'purgeLooks', 'purgeDecisions', 'purgeSteps', 'purgeStudy'] as const;

/**
 * Order of writes: the study's folder is put aside, synced; its rows go in one commit; then the files. Until the commit
 * everything may be brought back, and at the opening it is; after it nothing is left that could be asked for.
 */
export function createPurge(database: DatabaseSync, archiveFolder: string): Purge {
  const { run, get, all } = createStatements(database);
  const mayGo = (study: StudyUid, allowed: readonly Hold[]): boolean => {
    const row = get('ageingStudy', study);
    const { hold } = row ? ageingStudyOf(row) : { hold: 'unfinished' as const };
    return hold === undefined || allowed.includes(hold);
  };
  return {
    bytes: () => get('bytesKept')?.['bytes'] as number,
    oldest: (limit, after) =>
      all('ageingStudies', after?.lastArrivalAt ?? -1, after?.study ?? '', limit).map(ageingStudyOf),
    async take(study, allowed) {
      if (!mayGo(study, allowed)) return false;
      // From here to the commit nothing else happens in this process.
      const files = new Set(all('filesOfStudy', study).map((row) => row['file'] as string));
      const aside = putAside(archiveFolder, study);
      try {
        transaction(database, () => {
          for (const name of purging) run(name, study);
        });
      } catch (thrown) {
        bringBack(archiveFolder, aside, () => true);
        throw thrown;
      }
      // A file that is just coming, and was put aside with the others, has no row yet: it is not ours to delete.
      bringBack(archiveFolder, aside, (place) => !files.has(place));
      await rm(aside, { recursive: true });
      return true;
    },
  };
}

/** After a kill: what was put aside and still has its row is brought back; the rest of it goes. */
export function finishPurges(database: DatabaseSync, archiveFolder: string): void {
  const { get } = createStatements(database);
  for (const aside of asides(archiveFolder)) {
    bringBack(archiveFolder, aside, (place, sopInstance) => get('instance', sopInstance)?.['file'] === place);
    rmSync(aside, { recursive: true });
  }
}

/** Before a database is made anew, which knows of no commit: everything that was put aside is brought back. */
export function undoPurges(archiveFolder: string): void {
  for (const aside of asides(archiveFolder)) {
    bringBack(archiveFolder, aside, () => true);
    rmSync(aside, { recursive: true });
  }
}

function asides(archiveFolder: string): readonly string[] {
  const folder = join(archiveFolder, asideName);
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

function putAside(archiveFolder: string, study: StudyUid): string {
  const aside = join(archiveFolder, asideName, randomUUID());
  mkdirSync(aside, { recursive: true });
  const instances = join(archiveFolder, 'instances');
  try {
    renameSync(join(instances, study), join(aside, study));
  } catch (cause) {
    rmSync(aside, { recursive: true });
    throw new AgentError('FILE_MISSING', `The folder of study ${study} cannot be put aside.`, { cause });
  }
  for (const folder of [instances, aside, dirname(aside)]) sync(folder);
  return aside;
}

/** Files that are wanted go back to their places, unless something has taken them. */
function bringBack(
  archiveFolder: string,
  aside: string,
  isWanted: (place: string, sopInstance: string) => boolean,
): void {
  for (const entry of readdirSync(aside, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const place = join('instances', relative(aside, file));
    const target = join(archiveFolder, place);
    if (!isWanted(place, entry.name.replace(/\.dcm$/, '')) || existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    renameSync(file, target);
    sync(dirname(target));
  }
}

function sync(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function ageingStudyOf(row: Row): AgeingStudy {
  const hold = row['hold'] as Hold | null;
  return {
    study: row['study'] as StudyUid,
    lastArrivalAt: row['last_arrival_at'] as number,
    bytes: row['bytes'] as number,
    ...(hold !== null && { hold }),
  };
}
