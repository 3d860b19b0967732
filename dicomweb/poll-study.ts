import { type AgentError, asAgentError, type FaultCode } from '#domain/errors';
import type { Publish } from '#domain/event';
import type { Ledger, Receive } from '#src/ports';
import type { Query } from '#dicomweb/client/query';
import type { InstancePlace, Retrieve } from '#dicomweb/client/retrieve';
import { listInstances, type ListedStudy, type Window } from './listing.ts';
import type { StudyRecord } from './poll-record.ts';
import { takeIn } from './take-in.ts';

export interface StudyDoors {
  readonly archive: Window & { readonly name: string };
  readonly query: Query;
  readonly retrieve: Retrieve;
  readonly ledger: Pick<Ledger, 'holds'>;
  readonly receive: Receive;
  readonly publish: Publish;
  readonly signal: AbortSignal;
}

/** What a look has brought so far. */
export interface Tally {
  instances: number;
  failed: number;
}

/** Takes what a study holds and the ledger does not, and says what to remember. One instance that cannot be had stops no other. */
export async function takeStudy(
  doors: StudyDoors,
  {
    listed,
    before,
    tally,
  }: { readonly listed: ListedStudy; readonly before: StudyRecord | undefined; readonly tally: Tally },
): Promise<StudyRecord> {
  const refused = new Set(before?.refused);
  let mustLookAgain = false;
  for await (const place of listInstances(doors.query, listed.study, { ...doors.archive, signal: doors.signal })) {
    if (refused.has(place.sopInstance) || (await doors.ledger.holds(place.sopInstance))) continue;
    const fate = await takeInstance(doors, place);
    if (fate === 'kept') tally.instances += 1;
    else tally.failed += 1;
    if (fate === 'refused') refused.add(place.sopInstance);
    if (fate === 'failed') {
      mustLookAgain = true;
      await requireArchive(doors);
    }
  }
  return { counts: mustLookAgain ? '' : (listed.counts ?? ''), refused: [...refused] };
}

type Fate = 'kept' | 'refused' | 'failed';

async function takeInstance(doors: StudyDoors, place: InstancePlace): Promise<Fate> {
  const { archive, receive, retrieve, publish, signal } = doors;
  try {
    const reception = await receive({ kind: 'poll', archive: archive.name });
    const { study, sopInstance } = place;
    await takeIn(reception, retrieve(place, signal), { study, sopInstance });
    return 'kept';
  } catch (thrown) {
    signal.throwIfAborted();
    const error = asAgentError(thrown);
    if (endingTheLook.includes(error.code)) throw error;
    if (isArchives(error)) publish({ kind: 'instance-refused', code: error.code, detail: error.detail, by: 'poll' });
    return error.fault.fate === 'retry' ? 'failed' : 'refused';
  }
}

// What the next instance would meet as well, and no instance is to blame for.
const endingTheLook: readonly FaultCode[] = ['STORAGE_FULL', 'TOO_BUSY', 'CONFIGURATION_INVALID'];

/** What goes wrong before the door has no other voice; what goes wrong behind it has been published there. */
function isArchives({ code }: AgentError): boolean {
  return code === 'ARCHIVE_UNREACHABLE' || code === 'ARCHIVE_ANSWER_UNUSABLE';
}

/** Tells an instance that cannot be sent from an archive that is away. Throws ARCHIVE_UNREACHABLE. */
async function requireArchive({ query, signal }: StudyDoors): Promise<void> {
  await query.studies({ limit: 1 }, signal).catch((thrown: unknown) => {
    if (asAgentError(thrown).code !== 'ARCHIVE_ANSWER_UNUSABLE') throw thrown;
  });
}
