import { AgentError } from '#domain/errors';
import type { InstanceFacts } from '#domain/instance';
import type { StudyUid } from '#domain/uid';
import type { Clock } from '#src/ports';
import type { Ledger } from '#src/ports/ledger';

/** What receiving is bounded by. */
export interface ReceivingLimits {
  /** Bytes of all objects of one study together. */
  readonly studyBytesMax: number;
  /** Jobs that wait or run. */
  readonly queueMax: number;
}

const lookEveryMs = 1_000;
const rememberedMax = 256;

/** Holds senders back while too much waits, and bounds each study. */
export function createBounds(limits: ReceivingLimits, ledger: Ledger, clock: Clock) {
  let lookedAt = -Infinity;
  let waiting = 0;
  const bytesOf = new Map<StudyUid, number>(); // as far as this process has received for them lately

  const known = async (study: StudyUid): Promise<number> =>
    bytesOf.get(study) ?? (await ledger.instances(study, 'source')).reduce((sum, { bytes }) => sum + bytes, 0);

  return {
    /** Throws TOO_BUSY. */
    async requireQueue(): Promise<void> {
      if (clock.now() - lookedAt >= lookEveryMs) {
        lookedAt = clock.now();
        const backlog = await ledger.backlog();
        waiting = backlog.reduce((sum, { state, count }) => (state === 'set-aside' ? sum : sum + count), 0);
      }
      const { queueMax } = limits; // as it is now
      if (waiting >= queueMax) throw new AgentError('TOO_BUSY', `${waiting} jobs wait; the limit is ${queueMax}.`);
    },

    /** Throws STUDY_TOO_LARGE. */
    async requireStudy({ study }: InstanceFacts, bytes: number): Promise<void> {
      const { studyBytesMax } = limits;
      if ((await known(study)) + bytes > studyBytesMax) {
        throw new AgentError('STUDY_TOO_LARGE', `A study may hold ${studyBytesMax} bytes.`);
      }
    },

    async count({ study }: InstanceFacts, bytes: number): Promise<void> {
      const before = bytesOf.get(study);
      bytesOf.delete(study); // what was used last stands last
      if (before !== undefined) bytesOf.set(study, before + bytes);
      else bytesOf.set(study, await known(study));
      if (bytesOf.size > rememberedMax) bytesOf.delete(bytesOf.keys().next().value as StudyUid);
    },
  };
}
