import { settlesAt } from '#domain/settling';
import type { StudyRow } from '#domain/study';
import type { Agent } from './agent.ts';

/** When a study counts as whole, by what is known of its sender. */
export async function settleTime(
  { study, sender, ...row }: StudyRow,
  { ledger, clock, settings, senders }: Pick<Agent, 'ledger' | 'clock' | 'settings' | 'senders'>,
): Promise<number> {
  const arrivals = {
    firstAt: row.firstArrivalAt,
    lastAt: row.lastArrivalAt,
    instances: row.instances,
    longestGapMs: row.longestGapMs,
    expected: row.expected,
    isSending: senders.isSending(study),
    senderGapsMs: sender === undefined ? [] : await ledger.senderGaps(sender, study),
  };
  return settlesAt(arrivals, settings, clock.now());
}
