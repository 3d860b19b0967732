import { datasetIn, readText } from '#dicomweb/client/answer';
import { createSend, type Send, type ServiceSettings } from '#dicomweb/client/service';
import { AgentError } from '#domain/errors';
import type { DicomJson } from '#domain/instance';
import { deriveUid } from '#domain/uid';
import { isFinal, stepStates, type StepState } from '#domain/workitem';
import type { Clock } from '#src/ports';
import type { Worklist } from '#src/ports/worklist';
import { dateTime, element, tags, textOf } from './attributes.ts';
import { withCancellation } from './requirements.ts';
import { cancellationReason, newStepDataSet, performedAttributes, scheduledAttributes } from './step-data-set.ts';
import { stepFacts, type PerformerDoors, type StepFacts } from './step-facts.ts';

interface Doors extends PerformerDoors {
  readonly settings: ServiceSettings;
  readonly clock: Clock;
}

/**
 * Another manager's worklist (IHE AIW-I, Task Requester and Performer): a step for each assessment of a study, created where
 * it is not there, claimed, kept up to date, and ended with its outputs or its reason. Each time the manager is asked first
 * where the step stands, so that what was done before a crash is not done again.
 */
export function createRemoteWorklist({ settings, clock, ...doors }: Doors): Worklist {
  const { name } = settings;
  const manager = createManager(name, createSend(settings, 'DESTINATION_UNREACHABLE'));
  return {
    name,
    async tell(standing, signal) {
      const { study } = standing.study;
      const facts = await stepFacts(standing, doors);
      const uidOf = (revision: number) => deriveUid('workitem', name, study, String(revision));
      const { revision } = facts.planned;
      const uid = uidOf(revision);
      const found = await manager.stateOf(uid, signal);
      if (found === 'gone' || (found !== 'none' && isFinal(found))) return; // what has ended stays as it is
      if (found === 'none') {
        const replaced = revision > 1 ? uidOf(revision - 1) : undefined;
        await manager.create(uid, newStepDataSet(facts, replaced), signal);
      }
      await advance(manager, facts, { uid, from: found === 'none' ? 'SCHEDULED' : found, now: clock.now(), signal });
    },
  };
}

interface Place {
  readonly uid: string;
  readonly from: StepState;
  readonly now: number;
  readonly signal: AbortSignal;
}

async function advance(manager: Manager, facts: StepFacts, { uid, from, now, signal }: Place): Promise<void> {
  const { planned, standing } = facts;
  const scheduled = scheduledAttributes(facts);
  if (from === 'SCHEDULED' && planned.state === 'SCHEDULED') return manager.update(uid, { changes: scheduled }, signal);
  // Derived, so that the step stays ours after a crash.
  const transaction = deriveUid('workitem-transaction', uid);
  if (from === 'SCHEDULED') await manager.changeState(uid, { state: 'IN PROGRESS', transaction }, signal);
  const documents = standing.documents.filter(({ revision }) => revision === planned.revision);
  const performed = performedAttributes(facts, documents, now);
  const isCanceled = planned.state === 'CANCELED';
  const reason = cancellationReason({ fault: planned.fault ?? 'UNEXPECTED' });
  const told = isCanceled ? withCancellation(performed, reason, dateTime(now)) : performed;
  await manager.update(uid, { changes: { ...scheduled, ...told }, transaction }, signal);
  if (isFinal(planned.state)) await manager.changeState(uid, { state: planned.state, transaction }, signal);
}

interface Manager {
  stateOf(uid: string, signal: AbortSignal): Promise<StepState | 'none' | 'gone'>;
  /** A step that is there already is left as it is. */
  create(uid: string, dataset: DicomJson, signal: AbortSignal): Promise<void>;
  update(uid: string, change: { changes: DicomJson; transaction?: string }, signal: AbortSignal): Promise<void>;
  changeState(uid: string, to: { state: StepState; transaction: string }, signal: AbortSignal): Promise<void>;
}

const json = 'application/dicom+json';

/** The transactions of PS3.18 section 11 that a performer needs. */
function createManager(name: string, send: Send): Manager {
  async function request(
    { method, path, dataset }: { method: 'GET' | 'POST' | 'PUT'; path: string; dataset?: DicomJson },
    taken: readonly number[],
    signal: AbortSignal,
  ): Promise<{ status: number; text: string }> {
    const headers = { Accept: json, ...(dataset && { 'Content-Type': json }) };
    const body = dataset && { body: streamed(JSON.stringify(dataset)) };
    const answer = await send({ method, path, headers, ...body, signal });
    const text = await readText(answer.body);
    const { status } = answer;
    if ((status >= 200 && status < 300) || taken.includes(status)) return { status, text };
    const code = isBusy(status) ? 'DESTINATION_BUSY' : 'DESTINATION_REFUSED';
    throw new AgentError(code, `${name}: ${method} of a workitem was answered with status ${status}.`);
  }

  async function stateOf(uid: string, signal: AbortSignal): Promise<StepState | 'none' | 'gone'> {
    const { status, text } = await request({ method: 'GET', path: `/workitems/${uid}` }, [404, 410], signal);
    if (status === 404) return 'none';
    if (status === 410) return 'gone';
    const state = textOf(datasetIn(text), tags.ProcedureStepState);
    const known = stepStates.find((each) => each === state);
    if (!known) throw new AgentError('DESTINATION_BUSY', `${name}: the answer holds no Procedure Step State.`);
    return known;
  }

  return {
    stateOf,
    async create(uid, dataset, signal) {
      // The UID goes as a parameter of its own name: a bare one is read by some managers only.
      await request({ method: 'POST', path: `/workitems?workitem=${uid}`, dataset }, [409], signal);
    },
    async update(uid, { changes, transaction }, signal) {
      const query = transaction === undefined ? '' : `?transaction-uid=${transaction}`;
      await request({ method: 'POST', path: `/workitems/${uid}${query}`, dataset: changes }, [], signal);
    },
    async changeState(uid, { state, transaction }, signal) {
      const dataset = {
        [tags.ProcedureStepState]: element('CS', state),
        [tags.TransactionUID]: element('UI', transaction),
      };
      const { status } = await request({ method: 'PUT', path: `/workitems/${uid}/state`, dataset }, [409], signal);
      // 409 may say that it stands so already: as an answer to a request that we sent before, and lost.
      if (status === 409 && (await stateOf(uid, signal)) !== state)
        throw new AgentError('DESTINATION_REFUSED', `${name}: the workitem may not be ${state}.`);
    },
  };
}

function isBusy(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

async function* streamed(text: string): AsyncGenerator<Uint8Array, void, void> {
  yield Buffer.from(text);
}
