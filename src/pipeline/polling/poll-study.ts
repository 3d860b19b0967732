import { AgentError, asAgentError, type FaultCode } from '#domain/errors';
import type { ListedInstance, ListedStudy } from '#src/ports/archives';
import type { Sender } from '#src/ports';
import type { StudyRecord } from './poll-record.ts';
import type { PollerDoors } from './poller.ts';

interface StudyDoors extends PollerDoors {
  readonly signal: AbortSignal;
}

/** What a look has brought so far. */
export interface Tally {
  instances: number;
  failed: number;
}

interface Taking {
  readonly listed: ListedStudy;
  readonly before: StudyRecord | undefined;
  readonly tally: Tally;
}

/** Takes what a study holds and the ledger does not, and says what to remember. One instance that cannot be had stops no other. */
export async function takeStudy(doors: StudyDoors, { listed, before, tally }: Taking): Promise<StudyRecord> {
  const { archive, ledger, signal } = doors;
  const { study, counts = '', instances: expected } = listed;
  const refused = new Set(before?.refused);
  const over = new AbortController();
  const sender: Sender = { over: over.signal, ...(expected !== undefined && { expected }) };
  let mustLookAgain = false;
  try {
    for await (const instance of archive.instances(study, signal)) {
      if (refused.has(instance.sopInstance) || (await ledger.holds(instance.sopInstance))) continue;
      const fate = await takeInstance(doors, instance, sender);
      if (fate === 'kept') tally.instances += 1;
      else tally.failed += 1;
      if (fate === 'refused') refused.add(instance.sopInstance);
      if (fate === 'failed') {
        mustLookAgain = true;
        await archive.answers(signal); // tells an instance that cannot be had from an archive that is away
      }
    }
  } finally {
    over.abort();
  }
  return { counts: mustLookAgain ? '' : counts, refused: [...refused] };
}

type Fate = 'kept' | 'refused' | 'failed';

async function takeInstance(doors: StudyDoors, instance: ListedInstance, sender: Sender): Promise<Fate> {
  const { archive, ledger, receive, publish, signal } = doors;
  try {
    await archive.retrieve(instance, () => receive({ kind: 'poll', archive: archive.name }, sender), signal);
    if (await ledger.holds(instance.sopInstance)) return 'kept';
    throw new AgentError('ARCHIVE_ANSWER_UNUSABLE', `${archive.name}: an instance did not come.`);
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
