import { type AgentError, asAgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import type { Clock, Receive } from '#src/ports';
import type { Ledger } from '#src/ports/ledger';
import type { WatchedArchive } from '#src/ports/archives';
import { parsePollRecord, type StudyRecord, writePollRecord } from './poll-record.ts';
import { takeStudy, type Tally } from './poll-study.ts';

export interface PollerDoors {
  readonly archive: WatchedArchive;
  readonly ledger: Pick<Ledger, 'holds' | 'checkpoint' | 'saveCheckpoint'>;
  readonly receive: Receive;
  readonly clock: Clock;
  readonly publish: Publish;
}

/** Fetches what is new in an archive. One call is one look; who calls decides when to look again. */
export interface Poller {
  readonly name: string;
  poll(signal: AbortSignal): Promise<PollResult>;
}

interface PollResult {
  /** Studies listed. */
  readonly studies: number;
  /** Instances taken. */
  readonly instances: number;
  /** Instances that could not be taken this time. */
  readonly failed: number;
  /** Why the look ended early, or passed something over; the next one catches up. */
  readonly error?: AgentError;
}

/**
 * Looks through the recent studies and takes what the ledger does not hold. The ledger says what is kept; the checkpoint
 * only says which studies need no look, so that a kill at any point loses nothing and doubles nothing.
 */
export function createPoller(doors: PollerDoors): Poller {
  const { archive, clock, publish } = doors;
  return {
    name: archive.name,
    async poll(signal) {
      const begun = clock.now();
      const result = await look(doors, signal);
      const { studies, instances, error } = result;
      if (!error)
        publish({
          kind: 'archive-polled',
          archive: archive.name,
          studies,
          instances,
          milliseconds: clock.now() - begun,
        });
      else if (!signal.aborted)
        publish({ kind: 'archive-poll-failed', archive: archive.name, code: error.code, detail: error.detail });
      return result;
    },
  };
}

async function look(doors: PollerDoors, signal: AbortSignal): Promise<PollResult> {
  const { archive, ledger } = doors;
  const checkpoint = `poll ${archive.name}`;
  const tally: Tally = { instances: 0, failed: 0 };
  let studies = 0;
  let error: AgentError | undefined;
  try {
    const past = parsePollRecord(await ledger.checkpoint(checkpoint));
    const list = await archive.studies(signal);
    studies = list.studies.length;
    error = list.error;
    // A study that is not listed any more is forgotten, but only if the list is whole.
    const uids = new Set(list.studies.map((one) => one.study));
    const known = Object.entries(past).filter(([uid]) => list.error || uids.has(uid));
    const record: Record<string, StudyRecord> = Object.fromEntries(known);
    for (const listed of list.studies) {
      const before = record[listed.study];
      if (listed.counts !== undefined && listed.counts === before?.counts) continue;
      try {
        record[listed.study] = await takeStudy({ ...doors, signal }, { listed, before, tally });
      } catch (thrown) {
        error = passOver(thrown);
      }
      await ledger.saveCheckpoint(checkpoint, writePollRecord(record));
    }
  } catch (thrown) {
    error = asAgentError(thrown);
  }
  return { studies, ...tally, ...(error && { error }) };
}

/** A study that the archive cannot list stops no other; what else goes wrong ends the look. */
function passOver(thrown: unknown): AgentError {
  const error = asAgentError(thrown);
  if (error.code !== 'ARCHIVE_ANSWER_UNUSABLE') throw thrown;
  return error;
}
