import { randomUUID } from 'node:crypto';
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { createCors } from '#dicomweb/server/cors';
import { requireJson, sendJson } from '#dicomweb/server/respond';
import { AgentError } from '#domain/errors';
import { deriveUid, parseUid, type Uid } from '#domain/uid';
import { stepStates } from '#domain/workitem';
import { answerOf, transactionMissing, type StepTransaction } from './answers.ts';
import { tags, textOf } from './attributes.ts';
import { dataSetIn } from './data-set-in.ts';
import { isAeTitle, type EventChannels } from './event-channels.ts';
import { filteredWorklistUid, worklistUid } from './event-reports.ts';
import { findSteps, stepSearch, uidInQuery } from './search-steps.ts';
import { statuses } from './state-machine.ts';
import type { StepList } from './step-list.ts';
import { filterKeys, subscribe, suspend, unsubscribe, type SubscriptionTarget } from './subscriptions.ts';
import { changeState, create, requestCancellation, update, type Outcome } from './transactions.ts';

interface WorklistDoors {
  readonly list: StepList;
  readonly channels: Pick<EventChannels, 'open' | 'hasRoom'>;
  /** Most results of one search. */
  readonly resultsMax: number;
  /** Origins of web pages that may use it. */
  readonly origins?: readonly string[];
}

const prefix = '/dicom-web';
const step = '/workitems/:step';
const subscriber = `${step}/subscribers/:ae`;

/** The worklist as a DICOMweb service: UPS-RS (PS3.18 section 11). Faults are thrown for the application to answer. */
export function createWorklistRouter({ list, channels, resultsMax, origins = [] }: WorklistDoors): Router {
  const router = new Router({ prefix });
  router.use(createCors(origins));
  addSteps(router, list, resultsMax);
  addSubscriptions(router, list);
  addEventChannel(router, channels, origins);
  return router;
}

function addSteps(router: Router, list: StepList, resultsMax: number): void {
  router.post('/workitems', async (context) => {
    const dataset = await dataSetIn(context);
    const named = uidInQuery(context.querystring, ['workitem', 'affectedsopinstanceuid']);
    const uid = uidOf(named ?? (textOf(dataset, tags.SOPInstanceUID) || deriveUid('workitem', randomUUID())));
    const outcome = await create(list, uid, dataset);
    say(context, 'create', outcome);
    if (context.status !== 201) return;
    if (outcome.kind === 'answered' && outcome.modified) warn(context, 'The Workitem was created with modifications.');
    context.set('Location', `${service(context)}/workitems/${uid}`);
    context.set('Content-Location', `${service(context)}/workitems/${uid}`);
  });
  router.get('/workitems', async (context) => {
    const search = stepSearch(context.querystring);
    requireJson(context);
    const { datasets, hasMore } = await list.change(({ rows }) => findSteps(rows, search, resultsMax));
    for (const sentence of search.warnings) warn(context, sentence);
    if (hasMore) warn(context, 'There are additional results that can be requested.');
    if (datasets.length > 0) sendJson(context, datasets);
    context.status = datasets.length === 0 ? 204 : hasMore ? 206 : 200;
  });
  router.get(step, async (context) => {
    const found = await list.change(({ rows }) => rows.get(stepIn(context)));
    if (found === undefined || found === 'gone') return missing(context, found);
    sendJson(context, found.attributes.disclose());
  });
  // POST, as the standard has it; PUT too, since there are clients that send it.
  router.register(step, ['POST', 'PUT'], async (context) => {
    const given = await dataSetIn(context);
    const transaction = uidInQuery(context.querystring, [
      'transaction',
      'transaction-uid',
      'transactionuid',
      '00081195',
    ]);
    say(context, 'update', await update(list, stepIn(context), { given, transaction }));
  });
  router.put(`${step}/state`, async (context) => {
    const dataset = await dataSetIn(context);
    const state = stepStates.find((each) => each === textOf(dataset, tags.ProcedureStepState));
    if (!state) throw new AgentError('REQUEST_INVALID', 'Procedure Step State is none that can be asked for.');
    const transaction = textOf(dataset, tags.TransactionUID) || undefined;
    if (transaction !== undefined) uidOf(transaction);
    const outcome = await changeState(list, stepIn(context), { state, transaction });
    const isMissing = outcome.kind === 'answered' && outcome.status === 'wrongTransaction' && transaction === undefined;
    say(context, 'change state', outcome, isMissing ? transactionMissing : undefined);
  });
  router.post(`${step}/cancelrequest`, async (context) => {
    const given = await dataSetIn(context, { mayBeEmpty: true });
    const requester = new URLSearchParams(context.querystring).get('requester') ?? 'UNKNOWN';
    if (!isAeTitle(requester)) throw new AgentError('REQUEST_INVALID', 'requester is no AE title.');
    say(context, 'request cancellation', await requestCancellation(list, stepIn(context), { given, requester }));
  });
}

function addSubscriptions(router: Router, list: StepList): void {
  router.post(subscriber, async (context) => {
    const query = new URLSearchParams(context.querystring);
    const lock = query.get('deletionlock') ?? 'false';
    if (lock !== 'true' && lock !== 'false') throw new AgentError('REQUEST_INVALID', 'deletionlock is true or false.');
    const target = targetIn(context, query);
    const ae = aeIn(context);
    const isDone = await list.change(({ rows, tellState }) => {
      const steps = subscribe(rows, target, { ae, lock: lock === 'true' });
      if (steps) tellState(ae, steps);
      return steps !== undefined;
    });
    if (!isDone) throw new AgentError('NOT_FOUND', 'There is no such step on the worklist.');
    empty(context, 201);
    const socket = service(context).replace(/^http/, 'ws');
    context.set('Content-Location', `${socket}/subscribers/${encodeURIComponent(ae)}`);
  });
  router.delete(subscriber, async (context) => {
    const [target, ae] = [targetIn(context, new URLSearchParams({ filter: '00741000=*' })), aeIn(context)];
    const isDone = await list.change(({ rows }) => unsubscribe(rows, target, ae));
    if (!isDone) throw new AgentError('NOT_FOUND', 'There is no such subscription.');
    empty(context, 200);
  });
  router.post(`${subscriber}/suspend`, async (context) => {
    const [target, ae] = [targetIn(context, new URLSearchParams({ filter: '00741000=*' })), aeIn(context)];
    const isDone = await list.change(({ rows }) => suspend(rows, target, ae));
    if (!isDone) throw new AgentError('NOT_FOUND', 'There is no such subscription.');
    empty(context, 200);
  });
}

/** Opens the WebSocket of a subscriber (PS3.18 section 8.10.4). */
function addEventChannel(router: Router, channels: WorklistDoors['channels'], origins: readonly string[]): void {
  router.get('/subscribers/:ae', (context) => {
    if (context.get('Upgrade').toLowerCase() !== 'websocket')
      throw new AgentError('REQUEST_INVALID', 'Here a WebSocket is opened (RFC 6455).');
    // A browser lets any page open a WebSocket anywhere: we say who may (RFC 6455 section 10.2).
    const origin = context.get('Origin');
    const isOurs = origin === '' || origins.includes(origin) || URL.parse(origin)?.host === context.host;
    if (!isOurs) throw new AgentError('FORBIDDEN', 'Pages of other origins may not listen.');
    const ae = aeIn(context);
    if (!channels.hasRoom()) throw new AgentError('TOO_BUSY', 'Too many subscribers listen.');
    context.res.detachSocket(context.req.socket);
    context.respond = false;
    channels.open(context.req, ae);
    context.status = 101;
  });
}

/** Answers as the standard has it; what is refused says why. */
function say(context: Context, transaction: StepTransaction, outcome: Outcome, warning?: string): void {
  switch (outcome.kind) {
    case 'invalid':
      throw new AgentError('REQUEST_INVALID', outcome.detail);
    case 'ours':
      throw new AgentError('FORBIDDEN', 'The agent performs this step itself.');
    case 'gone':
      return missing(context, 'gone');
    case 'answered': {
      const answer = answerOf(transaction, outcome.status);
      if (answer.http === 404) return missing(context, undefined);
      const sentence = warning ?? answer.warning;
      if (sentence !== undefined) warn(context, sentence);
      if (answer.http < 400) return empty(context, answer.http);
      context.status = answer.http;
      context.body = refusal(outcome.status, outcome.detail);
      context.type = 'application/json';
    }
  }
}

/** A success has no payload. */
function empty(context: Context, status: number): void {
  context.status = status;
  context.body = '';
  context.remove('Content-Type');
}

/** A Status Report (PS3.18 section 8.6.3): the status of the DIMSE service, in its four digits. */
function refusal(status: keyof typeof statuses, detail = ''): string {
  return JSON.stringify({ status: statuses[status].toString(16).toUpperCase().padStart(4, '0'), name: status, detail });
}

/** 410 where the step existed and was forgotten. */
function missing(context: Context, was: 'gone' | undefined): void {
  if (was === undefined) throw new AgentError('NOT_FOUND', 'There is no such step on the worklist.');
  context.status = 410;
  context.body = refusal('unknown', 'The step has ended long ago and was forgotten.');
  context.type = 'application/json';
}

/** Warning: 299, in the form of PS3.18 section 11. */
function warn(context: Context, sentence: string): void {
  context.append('Warning', `299 ${service(context)}: ${sentence}`);
}

function service(context: Context): string {
  return `${context.protocol}://${context.host}${prefix}`;
}

function stepIn(context: Context): Uid {
  return uidOf(String(context['params']['step']));
}

function uidOf(text: string): Uid {
  const uid = parseUid(text);
  if (!uid) throw new AgentError('REQUEST_INVALID', 'There is no UID where one must stand.');
  return uid;
}

function aeIn(context: Context): string {
  const ae = String(context['params']['ae']);
  if (!isAeTitle(ae)) throw new AgentError('REQUEST_INVALID', 'The address names no AE title.');
  return ae.trim();
}

/** What the address subscribes to; a filter comes as one parameter of members after commas, or as parameters of its own. */
function targetIn(context: Context, query: URLSearchParams): SubscriptionTarget {
  const uid = stepIn(context);
  if (uid === worklistUid) return { kind: 'worklist' };
  if (uid !== filteredWorklistUid) return { kind: 'step', uid };
  const members = query.getAll('filter').flatMap((filter) => filter.split(','));
  const own = [...query].filter(
    ([name]) => !['filter', 'deletionlock', 'accept', 'charset', 'requester'].includes(name),
  );
  const filter = new URLSearchParams([...members.map(pair), ...own]).toString();
  filterKeys(filter);
  return { kind: 'filtered', filter };
}

function pair(member: string): [string, string] {
  const at = member.indexOf('=');
  return at < 0 ? [member.trim(), ''] : [member.slice(0, at).trim(), member.slice(at + 1).trim()];
}
