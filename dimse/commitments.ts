import { randomUUID } from 'node:crypto';
import { deriveUid, type Uid } from '#domain/uid';
import type { CommitmentReport } from './storage-commitment.ts';

/** Transactions under way: whoever asked an archive to commit hears of its answer, on whichever association it comes. */
export interface Commitments {
  /** A transaction that nobody can guess. */
  open(): { readonly transaction: Uid; readonly reported: Promise<CommitmentReport> };
  /** An answer; of a transaction that we do not know, it is of no use and does no harm. */
  report(report: CommitmentReport): void;
}

/** More than this are not waited for: the oldest were never answered. */
const openMax = 10_000;

export function createCommitments(): Commitments {
  const waiting = new Map<string, (report: CommitmentReport) => void>();
  return {
    open() {
      const transaction = deriveUid('storage commitment', randomUUID());
      const { promise: reported, resolve } = Promise.withResolvers<CommitmentReport>();
      waiting.set(transaction, resolve);
      if (waiting.size > openMax) waiting.delete(waiting.keys().next().value!);
      return { transaction, reported };
    },
    report(report) {
      waiting.get(report.transaction)?.(report);
      waiting.delete(report.transaction);
    },
  };
}
