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
  readonly state: StudyState;
}
