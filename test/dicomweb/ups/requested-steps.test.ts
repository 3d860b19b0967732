import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createOwnWorklist } from '#dicomweb/ups/own-worklist';
import type { Instance } from '#domain/instance';
import type { Standing, Worklist } from '#src/ports/worklist';
import { openEventChannel, type Listener } from '#test/support/worklist-events';
import { leastStep, send, serveWorklist, toState, type ServedWorklist } from './served.ts';
import { aDocument, aSource, aStanding } from './standings.ts';

// A step that another system puts on our list, for us, about a study (IHE AIW-I, Task Requester).

let served: ServedWorklist;
let requester: Listener;
let worklist: Worklist;
let source: Instance;
const numbers = { study: 0, step: 0 };
beforeAll(async () => {
  served = await serveWorklist();
  requester = await openEventChannel(served.service, 'RIS');
});
afterAll(async () => {
  await requester.close();
  await served.stop();
});
beforeEach(() => {
  source = aSource('a', `asked ${(numbers.study += 1)}`);
  worklist = createOwnWorklist({
    list: served.list,
    ledger: { instances: async () => [source] },
    performer: () => ({ station: 'APICAL', worklistLabel: 'Echo', archiveUrl: 'https://apical.example/dicom-web' }),
    usual: () => 'LOW',
  });
});

const code = (value: string, scheme = 'DCM') => ({
  vr: 'SQ',
  Value: [
    {
      '00080100': { vr: 'SH', Value: [value] },
      '00080102': { vr: 'SH', Value: [scheme] },
      '00080104': { vr: 'LO', Value: ['Meaning'] },
    },
  ],
});
const [stationName, workitemCode, input, readiness] = ['00404025', '00404018', '00404021', '00404041'] as const;

/** Asks our station for the analysis of the study; what is given overrides. */
async function ask(more: object = {}): Promise<string> {
  const uid = `1.2.7.${(numbers.step += 1)}`;
  const study = { vr: 'SQ', Value: [{ '0020000D': { vr: 'UI', Value: [source.facts.study] } }] };
  const asked = { ...leastStep, [stationName]: code('APICAL', 'L'), [workitemCode]: code('110004'), [input]: study };
  const answer = await send(`${served.service}/workitems?${uid}`, 'POST', { ...asked, ...more });
  expect(answer.status).toBe(201);
  await send(`${served.service}/workitems/${uid}/subscribers/RIS`, 'POST');
  return uid;
}

const tell = (standing: Standing) => worklist.tell(standing, AbortSignal.timeout(10_000));
const of = (wanted: Parameters<typeof aStanding>[0] = {}) => aStanding({ source, ...wanted });
const assessed = (revision = 1) =>
  of({
    state: { kind: 'assessed', revision },
    stage: 'settled',
    assessed: revision,
    documents: (['sr', 'sc'] as const).map((kind) => aDocument(revision, kind, source)),
  });
const step = async (uid: string) =>
  (await (await send(`${served.service}/workitems/${uid}`, 'GET')).json()) as Record<string, any>;
const stateOf = async (uid: string) => (await step(uid))['00741000'].Value[0];
const outputs = (dataset: Record<string, any>): string[] =>
  dataset['00741216'].Value[0]['00404033'].Value.flatMap((series: Record<string, any>) =>
    series['00081199'].Value.map((item: Record<string, any>) => item['00081155'].Value[0]),
  );

describe('a step that asks our station', () => {
  test('for a study that was assessed already is claimed and completed at once, with its outputs', async () => {
    const uid = await ask();
    expect(served.retold.at(-1)).toBe(source.facts.study); // its creation has our worklist told again
    await tell(assessed());
    const done = await step(uid);
    expect(done['00741000'].Value).toEqual(['COMPLETED']);
    expect(outputs(done)).toEqual(assessed().documents.map(({ sopInstance }) => sopInstance));
    expect(done['00741216'].Value[0]['00404028'].Value[0]['00080100'].Value).toEqual(['APICAL']);
    expect(done['00741204'].Value).toEqual(['Analyse']); // what the requester wrote stays
    expect(done['00741200'].Value).toEqual(['MEDIUM']);
    await requester.next((report) => report.uid === uid && report.state === 'COMPLETED');
    const states = requester.reports.flatMap((one) => (one.uid === uid && one.state ? [one.state] : []));
    expect(states).toEqual(['SCHEDULED', 'IN PROGRESS', 'COMPLETED']);
  });

  test('waits while its study arrives or has not come, is begun with the assessment and ends with it', async () => {
    const uid = await ask();
    await tell(of());
    expect(await stateOf(uid)).toBe('SCHEDULED');
    await tell(of({ state: { kind: 'assessing', revision: 1 }, stage: 'preliminary', assessed: 0 }));
    expect(await stateOf(uid)).toBe('IN PROGRESS');
    const meddled = await send(`${served.service}/workitems/${uid}/state`, 'PUT', toState('CANCELED', '1.2.3'));
    expect(meddled.status).toBe(403); // we perform it, and nobody else
    await tell(of({ state: { kind: 'assessing', revision: 2 }, assessed: 1 })); // a late clip opened the next revision
    expect(await stateOf(uid)).toBe('IN PROGRESS');
    await tell(assessed(2));
    expect(outputs(await step(uid))).toEqual(assessed(2).documents.map(({ sopInstance }) => sopInstance));
    await tell(assessed(3)); // what has ended stays as it is
    expect(outputs(await step(uid))).toEqual(assessed(2).documents.map(({ sopInstance }) => sopInstance));
  });

  test('is canceled with the reason where the study had to be set aside', async () => {
    const uid = await ask();
    await tell(of({ state: { kind: 'set-aside', revision: 1, fault: 'MODEL_UNFIT' } }));
    const ended = await step(uid);
    expect(ended['00741000'].Value).toEqual(['CANCELED']);
    const progress = ended['00741002'].Value[0];
    expect(progress['00741238'].Value[0]).toContain('MODEL_UNFIT');
    expect(progress['0074100E'].Value[0]['00080100'].Value).toEqual(['110501']); // Equipment failure
  });

  test('may be canceled by others until it has begun, and is then not performed', async () => {
    const uid = await ask();
    expect((await send(`${served.service}/workitems/${uid}/cancelrequest`, 'POST')).status).toBe(202);
    await tell(assessed());
    expect(await stateOf(uid)).toBe('CANCELED');
  });

  test('is heeded once its input is said to be READY', async () => {
    const uid = await ask({ [readiness]: { vr: 'CS', Value: ['INCOMPLETE'] } });
    const before = served.retold.length;
    await tell(assessed());
    expect([await stateOf(uid), before]).toEqual(['SCHEDULED', served.retold.length]);
    await send(`${served.service}/workitems/${uid}`, 'POST', { [readiness]: { vr: 'CS', Value: ['READY'] } });
    expect(served.retold.at(-1)).toBe(source.facts.study);
    await tell(assessed());
    expect(await stateOf(uid)).toBe('COMPLETED');
  });
});

test.each([
  ['that asks another station', { [stationName]: code('OTHER', 'L') }],
  ['that asks no station', { [stationName]: { vr: 'SQ' } }],
  ['that asks for something else', { [workitemCode]: code('110003') }],
  ['about another study', { [input]: { vr: 'SQ', Value: [{ '0020000D': { vr: 'UI', Value: ['1.2.3'] } }] } }],
  ['about no study', { [input]: { vr: 'SQ' } }],
])('a step %s is kept, and not performed', async (_, more) => {
  const uid = await ask(more);
  await tell(assessed());
  expect(await stateOf(uid)).toBe('SCHEDULED');
});
