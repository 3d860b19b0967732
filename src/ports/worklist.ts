import type { Assessment } from '#domain/assessment';
import type { ResultDocument } from '#domain/document';
import type { Instance } from '#domain/instance';
import type { StudyRow } from '#domain/study';
import type { Priority } from '#domain/triage';
import type { StudyUid } from '#domain/uid';
import type { StepState, Subscriber, Workitem, WorklistSubscription } from '#domain/workitem';

/** How a study stands: what a worklist or a message says of it. */
export interface Standing {
  readonly study: StudyRow;
  /** The newest one of the settled study, or the preliminary one. */
  readonly assessment?: Assessment;
  readonly documents: readonly ResultDocument[];
  /** One source instance: who the patient is and which exam. */
  readonly source?: Instance;
}

/** A worklist that shows how studies stand: our own, or another manager's (PS3.4 annex CC). */
export interface Worklist {
  readonly name: string;
  /** Brings the study's workitem to how it stands now; telling it twice is harmless. Throws DESTINATION_UNREACHABLE, _BUSY or _REFUSED. */
  tell(standing: Standing, signal: AbortSignal): Promise<void>;
}

/** Our worklist, durable and transactional. */
export interface WorkitemStore {
  /** All or nothing; what is done resolves once it is durable. */
  transaction<T>(act: (rows: WorkitemRows) => T): Promise<T>;
}

/** Its rows, within one transaction. */
export interface WorkitemRows {
  /** `gone`: there was one, and it was forgotten. */
  get(uid: string): Workitem | 'gone' | undefined;
  put(item: Workitem): void;
  /** The agent's own steps for a study, the first one first. */
  ours(study: StudyUid): readonly Workitem[];
  /** The most urgent first, then in order of creation. */
  find(where: WorkitemQuery): readonly Workitem[];
  /** Forgets steps that ended before this, unless a subscriber holds them. */
  expire(before: number): void;
  subscribers(uid: string): readonly Subscriber[];
  subscribe(uid: string, subscriber: Subscriber): void;
  /** False where there was nothing to end. */
  unsubscribe(uid: string, ae: string): boolean;
  unsubscribeAll(ae: string): void;
  worklistSubscriptions(): readonly WorklistSubscription[];
  putWorklistSubscription(subscription: WorklistSubscription): void;
  /** False where there was none. */
  dropWorklistSubscriptions(ae: string, kind: 'worklist' | 'filtered'): boolean;
  /** Takes the jobs of a study off the queue and sets it aside with this fault; false where one of them has begun. */
  withdraw(study: StudyUid, fault: string): boolean;
}

export interface WorkitemQuery {
  readonly state?: StepState;
  readonly priority?: Priority;
  readonly limit: number;
  readonly offset: number;
}
