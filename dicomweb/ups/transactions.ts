import type { FaultCode } from '#domain/errors';
import type { DicomJson } from '#domain/instance';
import type { StudyUid, Uid } from '#domain/uid';
import { isFinal, type StepState, type Workitem } from '#domain/workitem';
import { dateTime, tags, textOf } from './attributes.ts';
import { cancelRequested } from './event-reports.ts';
import { requestedStudy } from './requested-study.ts';
import { completed, faultAtCreation, faultInUpdate, lacking, withCancellation } from './requirements.ts';
import { stateEvent, transition, updateEvent, type StatusName } from './state-machine.ts';
import type { Changing, StepList } from './step-list.ts';
import { moved, newStep, readyToCancel, updated } from './steps.ts';

/** How a request on a step came out. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: StatusName; readonly detail?: string; readonly modified?: true }
  /** The request is none that the standard allows. */
  | { readonly kind: 'invalid'; readonly detail: string }
  /** The agent performs the step itself, and nobody else. */
  | { readonly kind: 'ours' }
  | { readonly kind: 'gone' };

const answered = (status: StatusName, more: { detail?: string; modified?: true } = {}): Outcome => ({
  kind: 'answered',
  status,
  ...more,
});

/** Puts a step on the list (PS3.18 section 11.4). */
export function create(list: StepList, uid: Uid, given: DicomJson): Promise<Outcome> {
  const fault = faultAtCreation(given);
  if (fault) return Promise.resolve({ kind: 'invalid', detail: fault });
  if (textOf(given, tags.ProcedureStepState) !== 'SCHEDULED') return Promise.resolve(answered('notCreatedScheduled'));
  const { dataset, added } = completed(given);
  const created = list.change<Outcome>(({ rows, save }) => {
    const known = rows.get(uid);
    if (known === 'gone') return answered('duplicate');
    const { status } = transition('create', known);
    if (status === 'success') save(undefined, newStep(uid, dataset, { at: list.clock.now() }));
    return answered(status, added && status === 'success' ? { modified: true } : {});
  });
  return heeded(list, uid, created);
}

/** Changes attributes of a step (PS3.18 section 11.6). */
export function update(
  list: StepList,
  uid: string,
  request: { given: DicomJson; transaction?: string | undefined },
): Promise<Outcome> {
  const { given, transaction = textOf(given, tags.TransactionUID) || undefined } = request;
  const fault = faultInUpdate(given);
  const done = onStep(list, uid, (step, { save }) => {
    const { status } = transition(updateEvent(transaction, step), step);
    if (!step || status !== 'success') return answered(status);
    if (fault) return { kind: 'invalid', detail: fault };
    save(step, updated(step, given, list.clock.now()));
    return answered(status);
  });
  return heeded(list, uid, done);
}

/** A step that is for us is looked at as soon as it can be. */
async function heeded(list: StepList, uid: string, done: Promise<Outcome>): Promise<Outcome> {
  const outcome = await done;
  if (outcome.kind !== 'answered' || outcome.status !== 'success') return outcome;
  const study = await list.change(({ rows }) => {
    const step = rows.get(uid);
    return step && step !== 'gone' ? requestedStudy(step, list.station) : undefined;
  });
  if (study !== undefined) await list.retell(study);
  return outcome;
}

/** Takes a step up, or ends it (PS3.18 section 11.7). */
export function changeState(
  list: StepList,
  uid: string,
  { state, transaction }: { state: StepState; transaction: string | undefined },
): Promise<Outcome> {
  return onStep(list, uid, (step, { save }) => {
    const { status, through, final } = transition(stateEvent(state, transaction, step), step);
    const [next] = through;
    if (!step || !next) return answered(status);
    const at = list.clock.now();
    const ready = next === 'CANCELED' ? withMoment(step, at) : step;
    if (final && isFinal(next)) {
      const missing = lacking(ready.attributes.disclose(), next as 'COMPLETED' | 'CANCELED');
      if (missing.length > 0) return answered('finalStateUnmet', { detail: `Without a value: ${missing.join(', ')}.` });
    }
    save(step, moved(ready, next, { at, transaction }));
    return answered(status);
  });
}

/** The SCP fills in when a step was canceled, where its performer did not. */
function withMoment(step: Workitem, at: number): Workitem {
  return updated(step, withCancellation(step.attributes.disclose(), {}, dateTime(at)), at);
}

/** Asks for the cancellation of a step (PS3.18 section 11.8, PS3.4 section CC.2.2.3). */
export async function requestCancellation(
  list: StepList,
  uid: string,
  { given, requester }: { given: DicomJson; requester: string },
): Promise<Outcome> {
  // A reason that is no sequence of codes says nothing: there are clients that put a name there.
  const code = tags.ProcedureStepDiscontinuationReasonCodeSequence;
  const reason = Object.fromEntries(Object.entries(given).filter(([tag, { vr }]) => tag !== code || vr === 'SQ'));
  let withdrawn: StudyUid | undefined;
  const outcome = await list.change<Outcome>((changing) => {
    const { rows, tell } = changing;
    const step = rows.get(uid);
    if (step === 'gone') return { kind: 'gone' };
    const { status, through, ask } = transition('request to cancel', step);
    if (!step || status !== 'success') return answered(status);
    // What we have begun we finish: it is done within seconds, and may hold what a reader must know.
    if (step.ours && (ask || !rows.withdraw(step.ours.study, withdrawnFault))) return answered('performerDeclines');
    if (ask && rows.subscribers(uid).length === 0) return answered('performerUnreachable');
    tell(cancelRequested(uid, requester, reason));
    if (through.length > 0) cancelNow(step, reason, { changing, at: list.clock.now() });
    withdrawn = step.ours?.study;
    return answered(status);
  });
  if (withdrawn !== undefined) await list.retell(withdrawn);
  return outcome;
}

/** Why a study whose analysis was canceled on request was set aside. */
export const withdrawnFault: FaultCode = 'CANCELED_ON_REQUEST';

/** First IN PROGRESS, then CANCELED, each told (PS3.4 section CC.2.2.3). */
export function cancelNow(
  step: Workitem,
  reason: DicomJson,
  { changing: { save }, at, transaction = step.uid }: { changing: Changing; at: number; transaction?: string },
): void {
  const begun = moved(step, 'IN PROGRESS', { at, transaction });
  if (step.state === 'SCHEDULED') save(step, begun);
  const from = step.state === 'SCHEDULED' ? begun : step;
  save(from, moved(readyToCancel(from, reason, at), 'CANCELED', { at }));
}

function onStep(
  list: StepList,
  uid: string,
  act: (step: Workitem | undefined, changing: Changing) => Outcome,
): Promise<Outcome> {
  return list.change((changing) => {
    const step = changing.rows.get(uid);
    if (step === 'gone') return { kind: 'gone' };
    return step?.ours ? { kind: 'ours' } : act(step, changing);
  });
}
