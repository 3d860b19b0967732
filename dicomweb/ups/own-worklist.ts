import { isDeepStrictEqual } from 'node:util';
import type { ResultDocument } from '#domain/document';
import type { DicomJson } from '#domain/instance';
import type { Priority } from '#domain/triage';
import { deriveUid, type Uid } from '#domain/uid';
import { isFinal, type OwnStep, type StepState, type Workitem } from '#domain/workitem';
import type { Ledger } from '#src/ports/ledger';
import type { Worklist } from '#src/ports/worklist';
import { plannedStep, type PlannedStep } from './planned-step.ts';
import { lacking } from './requirements.ts';
import {
  cancellationReason,
  newStepDataSet,
  performedAttributes,
  scheduledAttributes,
  type Performer,
  type StepFacts,
} from './step-data-set.ts';
import { transition } from './state-machine.ts';
import type { Changing, StepList } from './step-list.ts';
import { moved, newStep, updated } from './steps.ts';
import { cancelNow } from './transactions.ts';

/** By what name the story tells our own worklist. */
export const ownWorklistName = 'apical';

interface Doors {
  readonly list: StepList;
  readonly ledger: Pick<Ledger, 'instances'>;
  readonly performer: () => Performer;
  /** How urgent a study is that meets no rule. */
  readonly usual: () => Priority;
}

/** Our own worklist: a step for each assessment of a study, performed by ourselves (IHE AIW-I, Task Performer and Manager in one). */
export function createOwnWorklist({ list, ledger, performer, usual }: Doors): Worklist {
  return {
    name: ownWorklistName,
    async tell(standing) {
      const sources = await ledger.instances(standing.study.study, 'source');
      const facts = { planned: plannedStep(standing, usual()), standing, sources, performer: performer() };
      await list.change((changing) => bring(facts, changing, list.clock.now()));
    },
  };
}

/** Brings the steps of a study to how it stands; where they stand so already, nothing is written and nobody told. */
function bring(facts: StepFacts, changing: Changing, at: number): void {
  const { planned, standing } = facts;
  const { study } = standing.study;
  const steps = changing.rows.ours(study);
  for (const step of steps)
    if (!isFinal(step.state) && step.ours!.revision < planned.revision) finishEarlier(step, facts, { changing, at });
  const latest = steps.findLast(({ ours }) => ours!.revision === planned.revision);
  // A study that was set aside and taken up again is a new step: what has ended stays as it is.
  const isAnew = latest?.state === 'CANCELED' && planned.state !== 'CANCELED';
  const step =
    latest && !isAnew
      ? latest
      : begin(facts, { replaced: latest ?? steps.at(-1), attempt: (latest?.ours!.attempt ?? 0) + 1, changing, at });
  advance(step, facts, { changing, at });
}

interface Now {
  readonly changing: Changing;
  readonly at: number;
}

function begin(
  facts: StepFacts,
  { replaced, attempt, changing, at }: Now & { replaced: Workitem | undefined; attempt: number },
): Workitem {
  const ours: OwnStep = { study: facts.standing.study.study, revision: facts.planned.revision, attempt };
  const step = newStep(ownStepUid(ours), newStepDataSet(facts, replaced?.uid), { at, ours });
  changing.save(undefined, step);
  return step;
}

/** The UID of a step of ours: told twice, it is one step. */
export function ownStepUid({ study, revision, attempt }: OwnStep): Uid {
  return deriveUid('workitem', study, String(revision), String(attempt));
}

/** Nobody but us may change our steps, so that the lock need not be a secret; it need only be the same after a crash. */
function transactionOf({ uid }: Workitem): string {
  return deriveUid('workitem-transaction', uid);
}

/** Takes a step from where it stands to where it should be, each state told. */
function advance(step: Workitem, facts: StepFacts, { changing, at }: Now): void {
  const { planned } = facts;
  if (isFinal(step.state)) return;
  if (planned.state === 'CANCELED') {
    const reason = cancellationReason({ fault: planned.fault ?? 'UNEXPECTED' });
    return cancelNow(withChanges(step, scheduledAttributes(facts), at), reason, {
      changing,
      at,
      transaction: transactionOf(step),
    });
  }
  const documents = documentsOf(facts, planned.revision);
  const target = step.state === 'IN PROGRESS' && planned.state === 'SCHEDULED' ? 'IN PROGRESS' : planned.state;
  const changes =
    target === 'SCHEDULED'
      ? scheduledAttributes(facts)
      : { ...scheduledAttributes(facts), ...performedAttributes(facts, documents, at) };
  walk(step, withChanges(step, changes, at), { target, changing, at });
}

/** A step that was overtaken by a later revision: its documents are there, or it ends without. */
function finishEarlier(step: Workitem, facts: StepFacts, now: Now): void {
  const documents = documentsOf(facts, step.ours!.revision);
  const transaction = transactionOf(step);
  if (documents.length === 0) {
    const reason = cancellationReason({ supersededBy: facts.planned.revision });
    return cancelNow(step, reason, { ...now, transaction });
  }
  const planned: PlannedStep = { ...facts.planned, revision: step.ours!.revision, state: 'COMPLETED' };
  const changed = withChanges(step, performedAttributes({ ...facts, planned }, documents, now.at), now.at);
  walk(step, changed, { target: 'COMPLETED', ...now });
}

/** From state to state by PS3.4 table CC.1.1-2, never past what the standard allows. */
function walk(
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

function documentsOf({ standing }: StepFacts, revision: number): readonly ResultDocument[] {
  return standing.documents.filter((document) => document.revision === revision);
}

/** The same step where nothing would change, but for the moment at which it was written. */
function withChanges(step: Workitem, changes: DicomJson, at: number): Workitem {
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
