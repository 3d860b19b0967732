import type { Identifying } from './identifying.ts';
import type { DicomJson } from './instance.ts';
import type { StudyUid, Uid } from './uid.ts';

/** Procedure Step State (0074,1000) of a Unified Procedure Step (PS3.4 section CC.1.1). */
export const stepStates = ['SCHEDULED', 'IN PROGRESS', 'COMPLETED', 'CANCELED'] as const;
export type StepState = (typeof stepStates)[number];

/** A step of work on a worklist: what is to be done, who does it, what came of it. */
export interface Workitem {
  readonly uid: Uid;
  readonly state: StepState;
  /** Transaction UID (0008,1195): the key of whoever performs it, told to nobody. */
  readonly transaction?: string;
  /** Set where the agent itself performs it: the assessment of a study. */
  readonly ours?: OwnStep;
  /** The step as a data set, without Transaction UID. */
  readonly attributes: Identifying<DicomJson>;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** Which of the agent's own steps it is. */
export interface OwnStep {
  readonly study: StudyUid;
  readonly revision: number;
  /** 1, and one more for each step that takes up what a canceled one of the same revision left. */
  readonly attempt: number;
}

/** Who is told of changes: an Application Entity, and whether it wants the step kept until it has read it. */
export interface Subscriber {
  readonly ae: string;
  /** Deletion Lock (PS3.4 section CC.2.3). */
  readonly lock: boolean;
}

/** A standing wish to be told of steps yet to come: of all, or of those that a filter lets through. */
export interface WorklistSubscription extends Subscriber {
  /** Matching keys as the URL has them; absent for all steps. */
  readonly filter?: string;
}

export function isFinal(state: StepState): boolean {
  return state === 'COMPLETED' || state === 'CANCELED';
}
