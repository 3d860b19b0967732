import { describe, expect, test } from '@jest/globals';
import type { StepTransaction } from '#dicomweb/ups/answers';
import type { CurrentState, StepEvent } from '#dicomweb/ups/state-machine';
import { openWorklist } from './open-worklist.ts';
import { leastStep, performed, send, toState } from './served.ts';
import { columns, http, standard } from './standard.ts';

// The tables of the standard, asked of the service: every request to a step in every state, by its status, its warning,
// and where the step stands afterwards.

const ups = openWorklist();
const { at, created, newUid, stateOf, warned, warningOf } = ups;
const [right, wrong] = ['2.25.1', '2.25.2'] as const;

/** Brings a step to a state, with all that it needs to end. */
async function stepThat(is: CurrentState): Promise<string> {
  if (is === 'none') return newUid();
  const uid = await created();
  if (is === 'SCHEDULED') return uid;
  const to = async (state: string) => expect((await put(uid, toState(state, right))).status).toBe(200);
  await to('IN PROGRESS');
  await send(at(`/${uid}?transaction-uid=${right}`), 'POST', { ...performed, ...discontinued });
  if (is !== 'IN PROGRESS') await to(is);
  return uid;
}

const reason = { '00080100': { vr: 'SH', Value: ['110513'] }, '00080102': { vr: 'SH', Value: ['DCM'] } };
const discontinued = { '00741002': { vr: 'SQ', Value: [{ '0074100E': { vr: 'SQ', Value: [reason] } }] } };
const put = (uid: string, dataset: object) => send(at(`/${uid}/state`), 'PUT', dataset);
const update = (uid: string, query: string) =>
  send(at(`/${uid}${query}`), 'POST', { '00741200': { vr: 'CS', Value: ['HIGH'] } });

/** Each event as a request. */
const requests: Readonly<Record<StepEvent, readonly [StepTransaction, (uid: string) => Promise<Response>]>> = {
  create: ['create', (uid) => send(at(`?${uid}`), 'POST', leastStep)],
  'to IN PROGRESS, with a Transaction UID': ['change state', (uid) => put(uid, toState('IN PROGRESS', right))],
  'to IN PROGRESS, without the right Transaction UID': ['change state', (uid) => put(uid, toState('IN PROGRESS'))],
  'to SCHEDULED': ['change state', (uid) => put(uid, toState('SCHEDULED', right))],
  'to COMPLETED, with the right Transaction UID': ['change state', (uid) => put(uid, toState('COMPLETED', right))],
  'to COMPLETED, without the right Transaction UID': ['change state', (uid) => put(uid, toState('COMPLETED'))],
  'to CANCELED, with the right Transaction UID': ['change state', (uid) => put(uid, toState('CANCELED', right))],
  'to CANCELED, without the right Transaction UID': ['change state', (uid) => put(uid, toState('CANCELED'))],
  'request to cancel': [
    'request cancellation',
    async (uid) => {
      await send(at(`/${uid}/subscribers/PERFORMER`), 'POST');
      return send(at(`/${uid}/cancelrequest`), 'POST');
    },
  ],
  'update, with the right Transaction UID': ['update', (uid) => update(uid, `?transaction-uid=${right}`)],
  'update, with another Transaction UID': ['update', (uid) => update(uid, `?transaction-uid=${wrong}`)],
  'update, without a Transaction UID': ['update', (uid) => update(uid, '')],
};

describe('PS3.4 table CC.1.1-2 by way of PS3.18 section 11', () => {
  const cells = standard.flatMap(([event, row]) =>
    row.split(' | ').map((expected, index) => ({ event, state: columns[index]!, expected })),
  );

  test.each(cells)('$event, $state: $expected', async ({ event, state, expected }) => {
    const [transaction, ask] = requests[event];
    const uid = await stepThat(state);
    const answer = await ask(uid);
    const isRefused = /^[\dA-F]{4}$/.test(expected) && expected !== '0000';
    const status = isRefused ? expected : '0000';
    const [, , number, warning] = http.find(([of, code]) => of === transaction && code === status)!;
    expect(answer.status).toBe(number);
    if (isRefused) expect(warningOf(answer)).toBe(warning === undefined ? null : warned(withoutUid(event, warning)));
    const after = isRefused || expected === 'ask' || expected === '0000' ? state : expected.split(', ').at(-1);
    if (after !== 'none') expect(await stateOf(uid)).toBe(after);
  });
});

/** Where no Transaction UID is given at all, that is said (PS3.18 section 11.7.3.2). */
function withoutUid(event: StepEvent, warning: string): string {
  const isMissing = event.startsWith('to ') && event.includes('without the right');
  return isMissing ? warning.replace('incorrect', 'missing') : warning;
}
