import type { JobKind } from './job.ts';
import { priorityLevels, type Priority, type Triage } from './triage.ts';

/** Within one urgency what is nearly finished goes before what is new, so that a backlog never delays a result already made. */
const chapters: { readonly [Kind in JobKind]: number } = {
  commit: 5,
  worklist: 5,
  'write-back': 10,
  compose: 20,
  glance: 25,
  assess: 30,
  look: 35,
  settle: 40,
  shadow: 90,
};

const urgencyBand = 100;

/** A smaller number goes first: the study's urgency, then the chapter. Once a study has had its early word, its further clips let the first ones of others go before. */
export function rankOf(kind: JobKind, triage: Triage | undefined, usual: Priority): number {
  const urgency = priorityLevels.indexOf(triage?.priority ?? usual) * urgencyBand;
  const isFurther = kind === 'glance' && triage !== undefined && triage.stage !== 'arrival';
  return urgency + chapters[isFurther ? 'look' : kind];
}
