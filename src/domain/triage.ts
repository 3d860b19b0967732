import type { StudyUid } from './uid.ts';

/** Scheduled Procedure Step Priority (0074,1200), as a UPS worklist sorts by it. */
export const priorityLevels = ['HIGH', 'MEDIUM', 'LOW'] as const;
export type Priority = (typeof priorityLevels)[number];

/** What a triage stands on: what the header said, one clip while the rest still arrives, or the settled study. */
export type TriageStage = 'arrival' | 'preliminary' | 'settled';

/** A rule that was met, in words a reader understands. */
export interface Reason {
  readonly rule: string;
  readonly message: string;
  readonly priority: Priority;
  /** The finding that met it; absent where the header alone did. */
  readonly finding?: string;
  /** What the early look said stays on record, whether the settled study confirmed it or not. */
  readonly standing: 'raised' | 'confirmed' | 'withdrawn';
  /** Destinations that are told. */
  readonly notify: readonly string[];
}

/** How urgent a study is, and why. Plain data: it survives JSON. */
export interface Triage {
  readonly study: StudyUid;
  readonly stage: TriageStage;
  readonly priority: Priority;
  readonly reasons: readonly Reason[];
  readonly at: number;
}
