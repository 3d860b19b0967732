import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asAgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import { dataFolders } from '#store/files';

/** How much of what was refused is kept for a look. */
export interface QuarantineLimits {
  readonly quarantineMax: number;
  readonly quarantineBytesMax: number;
}

interface Entry {
  readonly name: string;
  readonly bytes: number;
}

/** Keeps the quarantine within its bounds, so that whoever sends rubbish fills no disk: the oldest entries give way. */
export function boundQuarantine(
  dataFolder: string,
  { limits, publish }: { limits: QuarantineLimits; publish: Publish },
): { readonly record: Publish; close(): Promise<void> } {
  const folder = dataFolders(dataFolder).quarantine;
  let known: Entry[] | undefined;
  let last: Promise<void> = Promise.resolve();
  const add = async (name: string): Promise<void> => {
    known ??= await entriesIn(folder); // the oldest first, since a name begins with its time
    if (!known.some((entry) => entry.name === name)) known.push(await entryOf(folder, name));
    let bytes = known.reduce((sum, entry) => sum + entry.bytes, 0);
    let gone = 0;
    while (known.length > 0 && (known.length > limits.quarantineMax || bytes > limits.quarantineBytesMax)) {
      const [oldest] = known.splice(0, 1);
      for (const end of ['dcm', 'json']) await rm(join(folder, `${oldest!.name}.${end}`), { force: true });
      bytes -= oldest!.bytes;
      gone += 1;
    }
    if (gone > 0) publish({ kind: 'quarantine-bounded', gone });
  };
  return {
    record(event) {
      if (event.kind !== 'instance-refused' || event.quarantine === undefined) return;
      const { quarantine } = event;
      last = last
        .then(() => add(quarantine))
        .catch((thrown: unknown) => {
          known = undefined;
          publish({ kind: 'unexpected', where: 'quarantine', error: asAgentError(thrown).detail });
        });
    },
    close: () => last,
  };
}

async function entriesIn(folder: string): Promise<Entry[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.dcm')).toSorted();
  return Promise.all(names.map((name) => entryOf(folder, name.slice(0, -4))));
}

async function entryOf(folder: string, name: string): Promise<Entry> {
  return { name, bytes: (await stat(join(folder, `${name}.dcm`)).catch(() => ({ size: 0 }))).size };
}
