import type { JobKind } from './job.ts';
import { priorityLevels, type Priority, type Triage } from './triage.ts';

/** Within one urgency what is nearly finished goes before what is new, so that a backlog never delays a result already made. */
const chapters: { readonly [Kind in JobKind]: number } = {
  commit: 5,
  worklist: 5,
  'write-back': 10,
  compose: 20,
  look: 25,
  assess: 30,
  settle: 40,
  shadow: 90,
};

/** Once a study has given its early signal, its further clips wait for the first ones of others. */
const furtherLook = 35;
const urgencyBand = 100;

/** A smaller number goes first: the study's urgency, then the chapter. */
export function rankOf(kind: JobKind, triage: Triage | undefined, usual: Priority): number {
  const urgency = priorityLevels.indexOf(triage?.priority ?? usual) * urgencyBand;
  const isFurther = kind === 'look' && triage !== undefined && triage.stage !== 'arrival';
  return urgency + (isFurther ? furtherLook : chapters[kind]);
}
