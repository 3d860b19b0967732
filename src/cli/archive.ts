import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '#config/schema';
import { AgentError } from '#domain/errors';
import type { Instance } from '#domain/instance';
import type { StudyRow } from '#domain/study';
import { parseUid, type StudyUid } from '#domain/uid';
import type { Clock } from '#src/ports';
import type { Ledger } from '#src/ports/ledger';
import { dataFolders } from '#store/files';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';

/** The archive of a data folder as a command looks at it: nothing is changed, whether or not an agent is at work on it. */
export interface Archive {
  readonly ledger: Ledger;
  path(instance: Instance): string;
  /** Throws NOT_FOUND. */
  study(uid: string): Promise<StudyRow>;
  close(): void;
}

/** Throws NOT_FOUND where no agent ever worked in the data folder. */
export async function openArchive({ dataFolder }: Pick<Configuration, 'dataFolder'>, clock: Clock): Promise<Archive> {
  const { archive: folder } = dataFolders(dataFolder);
  if (!existsSync(join(folder, 'ledger.sqlite')))
    throw new AgentError('NOT_FOUND', `${dataFolder} holds no archive; name its folder by --data or by --config.`);
  const ledger = createLedger(openDatabase(folder, { readOnly: true }), clock, { ownsFolder: false });
  return {
    ledger,
    path: ({ file }) => join(folder, file),
    async study(text) {
      const row = await ledger.study((parseUid(text) ?? '') as StudyUid);
      if (!row) throw new AgentError('NOT_FOUND', 'The archive holds no study with this Study Instance UID.');
      return row;
    },
    close: () => ledger.close(),
  };
}
