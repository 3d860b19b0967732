import { AgentError } from '#domain/errors';
import type { DicomJson } from '#domain/instance';
import type { AssociationOptions } from './association-requestor.ts';
import { queryRequest } from './command-set.ts';
import { readIdentifier, type Keys } from './identifier.ts';
import { operate, requireSuccess } from './operation.ts';
import { studyRoot } from './sop-classes.ts';

export interface Search<T> {
  readonly level: 'STUDY' | 'SERIES' | 'IMAGE';
  readonly keys: Keys;
  /** More than this is no answer to what was asked: the search is cancelled. */
  readonly resultsMax: number;
  /** What is kept of a match: the archive decides how long it is; undefined for nothing. */
  readonly keep: (match: DicomJson) => T | undefined;
}

/** Searches an archive (C-FIND, Study Root, PS3.4 section C.4.1). Throws ARCHIVE_UNREACHABLE or ARCHIVE_ANSWER_UNUSABLE. */
export async function find<T>(
  archive: Omit<AssociationOptions, 'contexts'>,
  { level, keys, resultsMax, keep }: Search<T>,
): Promise<readonly T[]> {
  const found: T[] = [];
  let matches = 0;
  const operation = {
    ...archive,
    sopClass: studyRoot.find,
    command: (messageId: number) => queryRequest('findRequest', messageId, studyRoot.find.uid),
    keys: { ...keys, '00080052': level },
    response: 'findResponse',
  } as const;
  const last = await operate(operation, {
    matched(identifier) {
      matches += 1;
      if (matches > resultsMax) return false;
      const kept = keep(readMatch(identifier, archive.to.aeTitle));
      if (kept !== undefined) found.push(kept);
      return true;
    },
  });
  archive.signal.throwIfAborted();
  if (matches > resultsMax)
    throw new AgentError('ARCHIVE_ANSWER_UNUSABLE', `${archive.to.aeTitle}: it finds more than ${resultsMax} results.`);
  requireSuccess(last, archive);
  return found;
}

function readMatch(identifier: Buffer, aeTitle: string): DicomJson {
  try {
    return readIdentifier(identifier);
  } catch (cause) {
    throw new AgentError('ARCHIVE_ANSWER_UNUSABLE', `${aeTitle}: a match cannot be read.`, { cause });
  }
}
