import type { ModelIdentity } from './assessment.ts';
import type { Finding } from './finding.ts';
import type { StudyUid } from './uid.ts';

/** What a second model said of a study that the first has answered. It writes no document. Plain data: it survives JSON. */
export interface Shadow {
  readonly study: StudyUid;
  readonly revision: number;
  readonly at: number;
  readonly first: ModelIdentity;
  readonly second: ModelIdentity;
  /** Questions that both were asked. */
  readonly pairs: readonly { readonly first: Finding; readonly second: Finding }[];
}
