import type { Verdict } from './decision.ts';
import type { Triage } from './triage.ts';
import type { StudyUid } from './uid.ts';

/** Where a study stands. Delivery is a fact of its documents, not of the study. */
export type StudyState =
  | { readonly kind: 'receiving' }
  | { readonly kind: 'assessing'; readonly revision: number }
  | { readonly kind: 'assessed'; readonly revision: number }
  | { readonly kind: 'set-aside'; readonly revision: number; readonly fault: string };

/** A study as the ledger knows it: no value here identifies a patient. */
export interface StudyRow {
  readonly study: StudyUid;
  readonly firstArrivalAt: number;
  readonly lastArrivalAt: number;
  readonly instances: number;
  /** The longest pause between two arrivals. */
  readonly longestGapMs: number;
  /** Calling AE title, or name of the archive, that its first instance came from. */
  readonly sender?: string;
  /** How many instances the archive that it comes from counts, where that is known. */
  readonly expected?: number;
  readonly triage?: Triage;
  readonly state: StudyState;
  /** What a reader decided on the newest assessment. */
  readonly decided?: Verdict;
}
