import { isDeepStrictEqual } from 'node:util';
import type { ResultDocument } from '#domain/document';
import type { DicomJson } from '#domain/instance';
import { deriveUid } from '#domain/uid';
import type { StepState, Workitem } from '#domain/workitem';
import { lacking } from './requirements.ts';
import { transition } from './state-machine.ts';
import type { StepFacts } from './step-facts.ts';
import type { Changing } from './step-list.ts';
import { moved, updated } from './steps.ts';

/** Where steps are changed, and when. */
export interface Now {
  readonly changing: Changing;
  readonly at: number;
}

/** Nobody but us may change steps that we perform, so that the lock need not be a secret; it need only be the same after a crash. */
export function transactionOf({ uid }: Workitem): string {
  return deriveUid('workitem-transaction', uid);
}

/** From state to state by PS3.4 table CC.1.1-2, never past what the standard allows; each state is told. */
export function walk(
  before: Workitem,
  changed: Workitem,
  { target, changing, at }: Now & { target: Exclude<StepState, 'CANCELED'> },
): void {
  const order = ['SCHEDULED', 'IN PROGRESS', 'COMPLETED'] as const;
  const way = order.slice(order.indexOf(changed.state as (typeof order)[number]) + 1, order.indexOf(target) + 1);
  if (way.length === 0 && changed === before) return;
  let [from, step] = [before, changed];
  if (way.length === 0) changing.save(from, step);
  for (const state of way) {
    const event =
      state === 'COMPLETED' ? 'to COMPLETED, with the right Transaction UID' : 'to IN PROGRESS, with a Transaction UID';
    const { through } = transition(event, step);
    const missing = state === 'COMPLETED' ? lacking(step.attributes.disclose(), 'COMPLETED') : [];
    if (through[0] !== state || missing.length > 0) throw new RangeError(`a step of ours may not be ${state} yet`);
    step = moved(step, state, { at, transaction: transactionOf(step) });
    changing.save(from, step);
    from = step;
  }
}

/** What was written of a revision: the outputs of its step. */
export function documentsOf({ standing }: StepFacts, revision: number): readonly ResultDocument[] {
  return standing.documents.filter((document) => document.revision === revision);
}

/** The same step where nothing would change, but for the moment at which it was written. */
export function withChanges(step: Workitem, changes: DicomJson, at: number): Workitem {
  const dataset = step.attributes.disclose();
  const isSame = Object.entries(changes).every(([tag, element]) =>
    isDeepStrictEqual(plain(dataset[tag]), plain(element)),
  );
  return isSame ? step : updated(step, changes, at);
}

/** As it is read back from the database. */
function plain(element: unknown): unknown {
  return element === undefined ? undefined : JSON.parse(JSON.stringify(element));
}
