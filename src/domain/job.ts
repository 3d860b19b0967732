import type { StudyUid, Uid } from './uid.ts';

/** Durable work: one kind a chapter of the story. What it carries survives JSON. */
export type Job =
  | { readonly kind: 'glance'; readonly study: StudyUid; readonly sopInstance: Uid }
  | { readonly kind: 'look'; readonly study: StudyUid; readonly sopInstance: Uid }
  | { readonly kind: 'worklist'; readonly study: StudyUid; readonly worklist: string }
  | { readonly kind: 'settle'; readonly study: StudyUid }
  | { readonly kind: 'assess'; readonly study: StudyUid; readonly revision: number }
  | { readonly kind: 'compose'; readonly study: StudyUid; readonly revision: number }
  | {
      /** A modality asks us to vouch for what it sent (PS3.4 annex J). */
      readonly kind: 'commit';
      /** Of the first instance that we hold. */
      readonly study?: StudyUid;
      readonly transaction: string;
      readonly aeTitle: string;
      readonly instances: readonly InstanceReference[];
    }
  | { readonly kind: 'shadow'; readonly study: StudyUid; readonly revision: number }
  | { readonly kind: 'write-back'; readonly study: StudyUid; readonly document: Uid; readonly destination: string };
export type JobKind = Job['kind'];

/** An instance as messages name it. */
export interface InstanceReference {
  readonly sopClass: string;
  readonly sopInstance: string;
}

/** Two jobs with one key are one job. */
export function jobKey(job: Job): string {
  switch (job.kind) {
    case 'glance':
    case 'look':
      return `${job.kind} ${job.sopInstance}`;
    case 'worklist':
      return `worklist ${job.study} ${job.worklist}`;
    case 'settle':
      return `settle ${job.study}`;
    case 'assess':
    case 'compose':
    case 'shadow':
      return `${job.kind} ${job.study} ${job.revision}`;
    case 'commit':
      return `commit ${job.aeTitle} ${job.transaction}`;
    case 'write-back':
      return `write-back ${job.document} ${job.destination}`;
  }
}

/** A job that was claimed: leased to us until `leasedUntil`, told for the `attempt`-th time. */
export interface ClaimedJob {
  readonly id: number;
  readonly job: Job;
  readonly attempt: number;
  readonly leasedUntil: number;
  /** When it could have begun. */
  readonly dueAt: number;
}
