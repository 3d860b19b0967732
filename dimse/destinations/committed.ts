import { AgentError } from '#domain/errors';
import type { Destination } from '#src/ports';
import type { Peer } from '#dimse/association-requestor';
import { requestCommitment } from '#dimse/commitment-scu';
import type { Commitments } from '#dimse/commitments';
import type { CommitmentReport } from '#dimse/storage-commitment';

export interface CommitmentSettings extends Peer {
  readonly callingAeTitle: string;
  readonly timeoutMs: number;
  /** How long to wait for the answer before the request counts as unanswered for now. */
  readonly commitmentMs: number;
  readonly commitments: Commitments;
}

/** Failure Reason: class not supported, class and instance do not agree (PS3.3 section C.14): asking again does not help. */
const lasting = new Set([0x0119, 0x0122]);

const committed = { kind: 'proved', proof: 'committed' } as const;

/**
 * A destination that has delivered only once it vouches for the instance (PS3.4 annex J). What was stored and is not yet
 * vouched for is asked about again, not sent again; what the archive says it does not have is sent again.
 */
export function withCommitment(stored: Destination, settings: CommitmentSettings): Destination {
  const { name } = stored;
  /** Instances that were stored, with the answer where it came late. */
  const pending = new Map<string, { answer?: CommitmentReport }>();

  function judge(sopInstance: string, report: CommitmentReport): void {
    pending.delete(sopInstance);
    if (report.committed.has(sopInstance)) return;
    const reason = report.failed.get(sopInstance);
    const said =
      reason === undefined ? 'without a reason' : `for reason ${reason.toString(16).padStart(4, '0').toUpperCase()}H`;
    const code = reason !== undefined && lasting.has(reason) ? 'DESTINATION_REFUSED' : 'DESTINATION_BUSY';
    throw new AgentError(code, `${name} does not commit to the instance, ${said}.`);
  }

  return {
    ...stored,
    async deliver(instance, path, signal) {
      const { sopClass, sopInstance } = instance.facts;
      const before = pending.get(sopInstance);
      if (before?.answer?.committed.has(sopInstance)) {
        judge(sopInstance, before.answer);
        return committed;
      }
      if (!before || before.answer) await stored.deliver(instance, path, signal);
      const asked: { answer?: CommitmentReport } = {};
      pending.set(sopInstance, asked);
      const { transaction, reported } = settings.commitments.open();
      const enough = new AbortController();
      const waiting = AbortSignal.any([signal, enough.signal, AbortSignal.timeout(settings.commitmentMs)]);
      void reported.then((report) => {
        asked.answer = report;
        enough.abort();
      });
      await requestCommitment({
        to: settings,
        callingAeTitle: settings.callingAeTitle,
        timeoutMs: settings.timeoutMs,
        signal,
        transaction,
        instance: { sopClass, sopInstance },
        reported: (report) => settings.commitments.report(report),
        enough: waiting,
      });
      await over(waiting);
      signal.throwIfAborted();
      if (!asked.answer) throw new AgentError('DESTINATION_BUSY', `${name} has not committed to the instance yet.`);
      judge(sopInstance, asked.answer);
      return committed;
    },
  };
}

function over(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
