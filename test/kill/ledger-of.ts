import { setTimeout as sleep } from 'node:timers/promises';
import type { StudyUid } from '#domain/uid';
import { systemClock } from '#src/clock';
import type { Ledger } from '#src/ports/ledger';
import { dataFolders } from '#store/files';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import type { Sample } from './sample.ts';

/** The ledger of an agent that may be running, to look at. */
export function openLedger(dataFolder: string): { readonly ledger: Ledger } & AsyncDisposable {
  const database = openDatabase(dataFolders(dataFolder).archive, { readOnly: true });
  const ledger = createLedger(database, systemClock, { ownsFolder: false });
  return { ledger, [Symbol.asyncDispose]: async () => database.close() };
}

const stillMax = 150;

/** Waits as long as the work gets on, however much the kills left; false once it has stood still for so many looks. */
export async function isFinished({
  dataFolder,
  samples,
}: {
  readonly dataFolder: string;
  readonly samples: readonly Sample[];
}): Promise<boolean> {
  let before = '';
  for (let still = 0; still < stillMax; still += 1) {
    const left = await leftToDo(dataFolder, samples);
    if (left === '') return true;
    if (left !== before) still = 0;
    before = left;
    await sleep(1000);
  }
  return false;
}

/** What waits, and how many studies are not at their end, in words that change as they get on; empty when all is done. */
async function leftToDo(dataFolder: string, samples: readonly Sample[]): Promise<string> {
  await using open = openLedger(dataFolder);
  const waiting = (await open.ledger.backlog()).filter(({ state }) => state !== 'set-aside');
  const rows = await Promise.all(samples.map(({ study }) => open.ledger.study(study as StudyUid)));
  const unended = rows.filter((row) => row?.state.kind !== 'assessed' && row?.state.kind !== 'set-aside').length;
  if (waiting.length === 0 && unended === 0) return '';
  return [...waiting.map(({ kind, state, count }) => `${kind} ${state} ${count}`), `${unended} open`].join(', ');
}
