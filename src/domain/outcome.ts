import type { Assessment } from './assessment.ts';
import type { Look } from './clip.ts';
import type { Decision } from './decision.ts';
import type { Delivery, ResultDocument } from './document.ts';
import type { Instance } from './instance.ts';
import type { Job } from './job.ts';
import type { Shadow } from './shadow.ts';
import type { Sighting } from './sighting.ts';
import type { StudyState } from './study.ts';
import type { Triage } from './triage.ts';
import type { StudyUid } from './uid.ts';

/** A job to be done, not before `runAt`; a smaller priority number goes first. */
export interface NextJob {
  readonly job: Job;
  readonly runAt: number;
  readonly priority: number;
}

/** A fact that a chapter brought about; committed together with the end of its job. */
export type Fact =
  | { readonly kind: 'looked-at'; readonly look: Look }
  | { readonly kind: 'triaged'; readonly triage: Triage }
  | { readonly kind: 'study-state'; readonly study: StudyUid; readonly state: StudyState }
  | { readonly kind: 'assessed'; readonly assessment: Assessment }
  | { readonly kind: 'written'; readonly document: ResultDocument; readonly instance: Instance }
  | { readonly kind: 'sighted'; readonly sighting: Sighting }
  | { readonly kind: 'shadowed'; readonly shadow: Shadow }
  | { readonly kind: 'delivery'; readonly delivery: Delivery }
  /** The file of an instance that had vanished came again, perhaps in another encoding. */
  | { readonly kind: 'restored'; readonly instance: Instance }
  | { readonly kind: 'decided'; readonly decision: Decision };

/** What a chapter returns: what is now true and what follows, or that it is too early. */
export type Outcome =
  | { readonly kind: 'done'; readonly facts: readonly Fact[]; readonly next: readonly NextJob[] }
  | { readonly kind: 'wait'; readonly until: number };

export function done(facts: readonly Fact[] = [], next: readonly NextJob[] = []): Outcome {
  return { kind: 'done', facts, next };
}

export function waitUntil(until: number): Outcome {
  return { kind: 'wait', until };
}
