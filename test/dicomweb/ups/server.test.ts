import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openEventChannel, watchWorklist, type Listener } from '#test/support/worklist-events';
import { dayMs, leastStep, performed, send, serveWorklist, toState, type ServedWorklist } from './served.ts';

let served: ServedWorklist;
beforeAll(async () => {
  served = await serveWorklist();
});
afterAll(() => served.stop());

const numbers = { next: 0 };
const newUid = () => `1.2.${(numbers.next += 1)}`;
const at = (path: string) => `${served.service}/workitems${path}`;

async function created(more: object = {}, uid = newUid()): Promise<string> {
  const answer = await send(at(`?${uid}`), 'POST', { ...leastStep, ...more });
  expect(answer.status).toBe(201);
  return uid;
}

async function begun(transaction = '2.25.1'): Promise<string> {
  const uid = await created();
  expect((await send(at(`/${uid}/state`), 'PUT', toState('IN PROGRESS', transaction))).status).toBe(200);
  return uid;
}

const step = async (uid: string) => (await (await send(at(`/${uid}`), 'GET')).json()) as Record<string, any>;
const stateOf = async (uid: string) => (await step(uid))['00741000'].Value[0];
const warningOf = (answer: Response) => answer.headers.get('Warning');
const warned = (sentence: string) => `299 ${served.service}: ${sentence}`;

describe('Create (PS3.18 section 11.4)', () => {
  test('a step is created under the UID of the query, and its address is told', async () => {
    for (const query of ['?1.2.900', '?workitem=1.2.901', '?AffectedSOPInstanceUID=1.2.902']) {
      const answer = await send(at(query), 'POST', leastStep);
      expect(answer.status).toBe(201);
      expect(answer.headers.get('Location')).toBe(at(`/${query.replace(/^\?(.*=)?/, '')}`));
      expect(await answer.text()).toBe('');
    }
  });

  test('without a UID it is given one, and an array of one data set is taken', async () => {
    const answer = await send(at(''), 'POST', [leastStep]);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('Location')).toMatch(/\/workitems\/2\.25\.\d+$/);
  });

  test('what must be there if only empty is added, and that is said', async () => {
    const uid = newUid();
    expect(warningOf(await send(at(`?${uid}`), 'POST', leastStep))).toBe(
      warned('The Workitem was created with modifications.'),
    );
    const whole = await step(uid);
    expect(whole).toMatchObject({ '00100010': { vr: 'PN' }, '00741216': { vr: 'SQ' }, '00404010': { vr: 'DT' } });
    const copy = Object.fromEntries(Object.entries(whole).filter(([tag]) => !['00080016', '00080018'].includes(tag)));
    expect(warningOf(await send(at(`?${newUid()}`), 'POST', copy))).toBeNull();
  });

  test('a UID that is taken is refused with 409', async () => {
    const uid = await created();
    expect((await send(at(`?${uid}`), 'POST', leastStep)).status).toBe(409);
  });

  test.each([
    ...Object.keys(leastStep).map((tag) => [`without ${tag}`, { ...leastStep, [tag]: undefined }] as const),
    ['in another state', { ...leastStep, '00741000': { vr: 'CS', Value: ['IN PROGRESS'] } }],
    ['with a priority that is none', { ...leastStep, '00741200': { vr: 'CS', Value: ['URGENT'] } }],
    ['with a Transaction UID', { ...leastStep, '00081195': { vr: 'UI', Value: ['1.2'] } }],
    ['that is performed already', { ...leastStep, ...performed }],
    ['of which two came', [leastStep, leastStep]],
    ['with a keyword for a tag', { ...leastStep, PatientName: { vr: 'PN' } }],
    ['with an element that is a text', { ...leastStep, '00100020': 'P1' }],
    ['with bulk data', { ...leastStep, '00100020': { vr: 'LO', BulkDataURI: 'http://elsewhere' } }],
  ])('a step %s is refused with 400', async (_, dataset) => {
    expect((await send(at(`?${newUid()}`), 'POST', dataset)).status).toBe(400);
  });

  test('what is no JSON, no DICOM JSON, or under no UID is refused', async () => {
    const post = (type: string, body: string, query = '') =>
      fetch(at(query), { method: 'POST', headers: { 'Content-Type': type }, body });
    const statuses = [
      await post('application/dicom+json', '{'),
      await post('application/dicom+xml', '<NativeDicomModel/>'),
      await post('application/dicom+json', JSON.stringify(leastStep), '?workitem=one'),
    ].map(({ status }) => status);
    expect(statuses).toEqual([400, 415, 400]);
  });
});

describe('Retrieve (section 11.5)', () => {
  test('a step is given without its Transaction UID', async () => {
    const uid = await begun('2.25.77');
    const answer = await send(at(`/${uid}`), 'GET');
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/dicom+json']);
    expect(await answer.text()).not.toContain('2.25.77');
  });

  test('404 where there is none, 400 where no UID stands, 406 where XML is asked for', async () => {
    const uid = await created();
    const statuses = [
      await send(at('/1.2.3.4.5'), 'GET'),
      await send(at('/one'), 'GET'),
      await fetch(at(`/${uid}`), { headers: { Accept: 'application/dicom+xml' } }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([404, 400, 406]);
  });

  test('410 once a step that ended was forgotten; a deletion lock keeps it', async () => {
    const [forgotten, held] = [await begun(), await begun()];
    await send(at(`/${held}/subscribers/HOLDER?deletionlock=true`), 'POST');
    for (const uid of [forgotten, held]) {
      await send(at(`/${uid}?transaction=2.25.1`), 'POST', performed);
      expect((await send(at(`/${uid}/state`), 'PUT', toState('COMPLETED', '2.25.1'))).status).toBe(200);
    }
    served.clock.advance(dayMs + 1);
    await created();
    const paths = ['', '/state', '/cancelrequest'];
    const statuses = await Promise.all(
      [send(at(`/${forgotten}`), 'POST', {}), send(at(`/${forgotten}${paths[1]}`), 'PUT', toState('COMPLETED', '2.25.1')),
        send(at(`/${forgotten}${paths[2]}`), 'POST'), send(at(`/${forgotten}`), 'GET'), send(at(`/${held}`), 'GET'),
        send(at(`?${forgotten}`), 'POST', leastStep)].map(async (answer) => (await answer).status),
    ); // prettier-ignore
    expect(statuses).toEqual([410, 410, 410, 410, 200, 409]);
  });
});

describe('Update (section 11.6)', () => {
  const urgent = { '00741200': { vr: 'CS', Value: ['HIGH'] } };
  const inconsistent = () => warned('The submitted request is inconsistent with the current state of the Workitem.');
  const unclaimed = () => warned('The target URI did not reference a claimed Workitem.');

  test('a scheduled step is changed by anybody, without a Transaction UID', async () => {
    const uid = await created();
    expect((await send(at(`/${uid}`), 'POST', urgent)).status).toBe(200);
    expect((await step(uid))['00741200']).toEqual(urgent['00741200']);
    const claimed = await send(at(`/${uid}?2.25.1`), 'POST', urgent);
    expect([claimed.status, warningOf(claimed)]).toEqual([409, unclaimed()]);
  });

  test('a step in progress is changed by whoever holds its Transaction UID', async () => {
    const uid = await begun('2.25.5');
    for (const query of ['?2.25.5', '?transaction=2.25.5', '?transaction-uid=2.25.5'])
      expect((await send(at(`/${uid}${query}`), 'POST', urgent)).status).toBe(200);
    for (const query of ['', '?2.25.6']) {
      const refused = await send(at(`/${uid}${query}`), 'POST', urgent);
      expect([refused.status, warningOf(refused)]).toEqual([400, unclaimed()]);
    }
  });

  test('a step that ended is not changed any more', async () => {
    const uid = await created();
    await send(at(`/${uid}/cancelrequest`), 'POST');
    const refused = await send(at(`/${uid}`), 'POST', urgent);
    expect([refused.status, warningOf(refused)]).toEqual([400, inconsistent()]);
  });

  test.each([
    ['the state', { '00741000': { vr: 'CS', Value: ['COMPLETED'] } }],
    ["the patient's name", { '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Other' }] } }],
    ['the priority to nothing', { '00741200': { vr: 'CS' } }],
    ['the readiness to what it cannot be', { '00404041': { vr: 'CS', Value: ['SOON'] } }],
  ])('an update of %s is refused with 400', async (_, dataset) => {
    expect((await send(at(`/${await created()}`), 'POST', dataset)).status).toBe(400);
  });

  test('404 where there is none', async () => {
    expect((await send(at('/1.2.3.4.5'), 'POST', urgent)).status).toBe(404);
  });
});

describe('Change State (section 11.7)', () => {
  const change = async (uid: string, state: string, transaction?: string) => {
    const answer = await send(at(`/${uid}/state`), 'PUT', toState(state, transaction));
    return [answer.status, warningOf(answer)];
  };
  const inconsistent = () => warned('The submitted request is inconsistent with the state of the UPS Instance.');

  test('a step is claimed once, completed once its results are told, and stays so', async () => {
    const uid = await created();
    expect(await change(uid, 'COMPLETED', '2.25.1')).toEqual([409, inconsistent()]);
    expect(await change(uid, 'IN PROGRESS')).toEqual([400, warned('The Transaction UID is missing.')]);
    expect(await change(uid, 'IN PROGRESS', '2.25.1')).toEqual([200, null]);
    expect(await change(uid, 'IN PROGRESS', '2.25.2')).toEqual([400, warned('The Transaction UID is incorrect.')]);
    expect(await change(uid, 'IN PROGRESS', '2.25.1')).toEqual([409, inconsistent()]);
    expect(await change(uid, 'SCHEDULED', '2.25.1')).toEqual([400, inconsistent()]);
    const early = await send(at(`/${uid}/state`), 'PUT', toState('COMPLETED', '2.25.1'));
    expect([early.status, warningOf(early)]).toEqual([409, inconsistent()]);
    expect(await early.json()).toMatchObject({ status: 'C304' });
    await send(at(`/${uid}?2.25.1`), 'POST', performed);
    expect(await change(uid, 'COMPLETED', '2.25.1')).toEqual([200, null]);
    expect(await change(uid, 'COMPLETED', '2.25.1')).toEqual([
      200,
      warned('The UPS is already in the requested state of COMPLETED.'),
    ]);
    expect(await change(uid, 'CANCELED', '2.25.1')).toEqual([409, inconsistent()]);
    expect(await stateOf(uid)).toBe('COMPLETED');
  });

  test.each([
    ['PerformedStationNameCodeSequence', '00404028'],
    ['PerformedProcedureStepStartDateTime', '00404050'],
    ['PerformedProcedureStepEndDateTime', '00404051'],
    ['PerformedWorkitemCodeSequence', '00404019'],
    ['OutputInformationSequence', '00404033'],
  ])('a step is not completed without %s', async (keyword, tag) => {
    const uid = await begun();
    const item: Record<string, unknown> = { ...performed['00741216'].Value[0]! };
    delete item[tag];
    await send(at(`/${uid}?2.25.1`), 'POST', { '00741216': { vr: 'SQ', Value: [item] } });
    const refused = await send(at(`/${uid}/state`), 'PUT', toState('COMPLETED', '2.25.1'));
    expect([refused.status, ((await refused.json()) as { detail: string }).detail]).toEqual([
      409,
      `Without a value: ${keyword}.`,
    ]);
  });

  test('a step is canceled by its performer with a reason; when is filled in', async () => {
    const uid = await begun();
    expect(await change(uid, 'CANCELED', '2.25.1')).toEqual([409, inconsistent()]);
    const code = { '00080100': { vr: 'SH', Value: ['110501'] } };
    await send(at(`/${uid}?2.25.1`), 'POST', {
      '00741002': { vr: 'SQ', Value: [{ '0074100E': { vr: 'SQ', Value: [code] } }] },
    });
    expect(await change(uid, 'CANCELED', '2.25.1')).toEqual([200, null]);
    expect((await step(uid))['00741002'].Value[0]['00404052'].Value[0]).toMatch(/^20260\d{3}.*\+0000$/);
    expect(await change(uid, 'CANCELED', '2.25.1')).toEqual([
      200,
      warned('The UPS is already in the requested state of CANCELED.'),
    ]);
  });

  test('404 where there is none, 400 for a state that is none', async () => {
    expect((await change('1.2.3.4.5', 'IN PROGRESS', '2.25.1'))[0]).toBe(404);
    expect((await change(await created(), 'DONE', '2.25.1'))[0]).toBe(400);
  });
});

describe('Request Cancellation (section 11.8)', () => {
  const reason = { '00741238': { vr: 'LT', Value: ['Not needed'] }, '0074100C': { vr: 'LO', Value: ['Ward'] } };
  const ask = async (uid: string, dataset?: object) => {
    const answer = await send(at(`/${uid}/cancelrequest?requester=WARD`), 'POST', dataset);
    return [answer.status, warningOf(answer)];
  };

  test('a scheduled step is canceled at once, by way of IN PROGRESS', async () => {
    const uid = await created();
    await send(at(`/${uid}/subscribers/SEES`), 'POST');
    const watcher = await openEventChannel(served.service, 'SEES');
    expect(await ask(uid, reason)).toEqual([202, null]);
    const told = [await watcher.next((each) => each.type === 'cancel requested')];
    for (const state of ['IN PROGRESS', 'CANCELED']) told.push(await watcher.next((each) => each.state === state));
    expect(told[0]!.dataset).toMatchObject({ '00741236': { vr: 'AE', Value: ['WARD'] }, ...reason });
    expect(told[2]!.dataset['00741238']).toEqual(reason['00741238']);
    const progress = (await step(uid))['00741002'].Value[0];
    expect(progress['0074100E'].Value[0]['00080100'].Value).toEqual(['110513']);
    expect(await ask(uid)).toEqual([202, warned('The UPS is already in the requested state of CANCELED.')]);
    await watcher.close();
  });

  test('who performs a step is asked; where nobody listens, that is said', async () => {
    const uid = await begun();
    expect(await ask(uid, reason)).toEqual([409, warned('The performer cannot be contacted.')]);
    await send(at(`/${uid}/subscribers/DOES`), 'POST');
    const performer = await openEventChannel(served.service, 'DOES');
    expect(await ask(uid, reason)).toEqual([202, null]);
    expect((await performer.next((each) => each.type === 'cancel requested')).uid).toBe(uid);
    expect(await stateOf(uid)).toBe('IN PROGRESS');
    await performer.close();
  });

  test('409 where it is completed, 404 where there is none', async () => {
    const uid = await begun();
    await send(at(`/${uid}?2.25.1`), 'POST', performed);
    await send(at(`/${uid}/state`), 'PUT', toState('COMPLETED', '2.25.1'));
    expect(await ask(uid)).toEqual([409, warned('The UPS is already COMPLETED.')]);
    expect((await ask('1.2.3.4.5'))[0]).toBe(404);
  });
});

describe('Search (section 11.9)', () => {
  const label = (text: string) => ({ '00741202': { vr: 'LO', Value: [text] } });
  const priority = (text: string) => ({ '00741200': { vr: 'CS', Value: [text] } });
  const search = (query: string) => send(at(`?WorklistLabel=search&${query}`), 'GET');
  const found = async (query: string) =>
    ((await (await search(query)).json()) as Record<string, any>[]).map((each) => each['00080018'].Value[0]);
  const uids: string[] = [];
  beforeAll(async () => {
    for (const each of ['LOW', 'HIGH', 'MEDIUM']) uids.push(await created({ ...label('search'), ...priority(each) }));
  });

  test('the most urgent step comes first', async () => {
    expect(await found('')).toEqual([uids[1], uids[2], uids[0]]);
  });

  test('by priority, by state, by a range of time, by page', async () => {
    expect(await found('ScheduledProcedureStepPriority=HIGH')).toEqual([uids[1]]);
    expect(await found('00741000=SCHEDULED&ScheduledProcedureStepPriority=LOW')).toEqual([uids[0]]);
    expect(await found('ScheduledProcedureStepStartDateTime=20260101-20260103&limit=1&offset=2')).toEqual([uids[0]]);
    expect((await search('ScheduledProcedureStepStartDateTime=20270101-')).status).toBe(204);
    expect((await search('ProcedureStepState=COMPLETED')).status).toBe(204);
  });

  test('206 where there are more', async () => {
    const answer = await search('limit=2');
    expect([answer.status, warningOf(answer)]).toEqual([
      206,
      warned('There are additional results that can be requested.'),
    ]);
    expect(await answer.json()).toHaveLength(2);
  });

  test('every step comes with its return keys, and with what was asked for beyond', async () => {
    const [first] = (await (await search('limit=1')).json()) as Record<string, unknown>[];
    expect(first).toHaveProperty('00404041');
    expect(first).not.toHaveProperty('00741216');
    const [more] = (await (await search('limit=1&includefield=00741216')).json()) as Record<string, unknown>[];
    expect(more).toHaveProperty('00741216');
  });

  test('fuzzy matching is not done, and that is said; what names no attribute is refused', async () => {
    const answer = await search('fuzzymatching=true');
    expect(warningOf(answer)).toBe(
      warned('The fuzzymatching parameter is not supported. Only literal matching has been performed.'),
    );
    expect((await search('Prioritaet=HIGH')).status).toBe(400);
  });
});

describe('Subscribe, Unsubscribe, Suspend (sections 11.10 to 11.12)', () => {
  const worklist = '/1.2.840.10008.5.1.4.34.5';
  const filtered = '/1.2.840.10008.5.1.4.34.5.1';
  const subscribe = (path: string, ae: string, query = '') => send(at(`${path}/subscribers/${ae}${query}`), 'POST');
  const open: Listener[] = [];
  const listen = async (ae: string) => {
    const listener = await openEventChannel(served.service, ae);
    open.push(listener);
    return listener;
  };
  afterAll(() => Promise.all(open.map((listener) => listener.close())));
  /** All reports up to the one of a further step, that the listener is subscribed to by itself. */
  const told = async (listener: Listener, ae: string) => {
    const last = await created();
    await subscribe(`/${last}`, ae);
    await listener.next(({ uid }) => uid === last);
    return listener.reports.filter(({ uid, type }) => uid !== last && type !== 'status');
  };

  test('the answer tells where the WebSocket is opened', async () => {
    const answer = await subscribe(worklist, 'WHERE');
    expect([answer.status, answer.headers.get('Content-Location')]).toEqual([
      201,
      `${served.service.replace('http', 'ws')}/subscribers/WHERE`,
    ]);
    await send(at(`${worklist}/subscribers/WHERE`), 'DELETE');
  });

  test('who subscribes to a step is told at once where it stands, and whenever it changes', async () => {
    const uid = await created();
    const listener = await listen('ONE');
    await listener.next(({ type }) => type === 'status');
    await subscribe(`/${uid}`, 'ONE');
    expect(await listener.next(({ type }) => type === 'state')).toMatchObject({ uid, state: 'SCHEDULED' });
    await send(at(`/${uid}/state`), 'PUT', toState('IN PROGRESS', '2.25.1'));
    expect(await listener.next()).toMatchObject({ type: 'state', uid, state: 'IN PROGRESS' });
    await send(at(`/${uid}?2.25.1`), 'POST', {
      '00741002': { vr: 'SQ', Value: [{ '00741006': { vr: 'ST', Value: ['half'] } }] },
    });
    expect(await listener.next()).toMatchObject({ type: 'progress', uid, description: 'half' });
    await send(at(`/${uid}?2.25.1`), 'POST', { '00404041': { vr: 'CS', Value: ['INCOMPLETE'] } });
    expect((await listener.next()).dataset['00404041']).toEqual({ vr: 'CS', Value: ['INCOMPLETE'] });
    const station = { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['X'] } }] };
    await send(at(`/${uid}?2.25.1`), 'POST', { '00404025': station });
    expect(await listener.next()).toMatchObject({ type: 'assigned', uid, dataset: { '00404025': station } });
  });

  test('who unsubscribes from a step is told nothing more', async () => {
    const uid = await created();
    const listener = await listen('LEAVES');
    await subscribe(`/${uid}`, 'LEAVES');
    await listener.next(({ type }) => type === 'state');
    expect((await send(at(`/${uid}/subscribers/LEAVES`), 'DELETE')).status).toBe(200);
    await send(at(`/${uid}/state`), 'PUT', toState('IN PROGRESS', '2.25.1'));
    expect((await told(listener, 'LEAVES')).map(({ state }) => state)).toEqual(['SCHEDULED']);
    expect((await send(at(`/${uid}/subscribers/LEAVES`), 'DELETE')).status).toBe(404);
  });

  test('who subscribes to the worklist is told of what is new; with a lock, of what is there as well', async () => {
    const before = await created();
    const [plain, locking] = [await listen('PLAIN'), await listen('LOCKING')];
    await subscribe(worklist, 'PLAIN');
    await subscribe(worklist, 'LOCKING', '?deletionlock=true');
    const uid = await created();
    expect(await plain.next(({ type }) => type === 'state')).toMatchObject({ uid, state: 'SCHEDULED' });
    await locking.next((report) => report.uid === before);
    await locking.next((report) => report.uid === uid);
    await send(at(`/${before}/state`), 'PUT', toState('IN PROGRESS', '2.25.1'));
    expect(await plain.next(({ type }) => type === 'state')).toMatchObject({ uid: before, state: 'IN PROGRESS' });
    for (const ae of ['PLAIN', 'LOCKING'])
      expect((await send(at(`${worklist}/subscribers/${ae}`), 'DELETE')).status).toBe(200);
    await send(at(`/${uid}/state`), 'PUT', toState('IN PROGRESS', '2.25.1'));
    expect((await told(plain, 'PLAIN')).filter((report) => report.uid === uid)).toHaveLength(1);
  });

  test('who suspends is told of the steps there are, and of no new ones', async () => {
    const uid = await created();
    const listener = await listen('PAUSES');
    await subscribe(worklist, 'PAUSES');
    expect((await send(at(`${worklist}/subscribers/PAUSES/suspend`), 'POST')).status).toBe(200);
    const later = await created();
    await send(at(`/${uid}/state`), 'PUT', toState('IN PROGRESS', '2.25.1'));
    expect((await told(listener, 'PAUSES')).map((report) => report.uid)).toEqual([uid]);
    expect(later).not.toBe(uid);
    expect((await send(at(`${worklist}/subscribers/PAUSES/suspend`), 'POST')).status).toBe(404);
  });

  test('a filter lets through what matches it', async () => {
    const listener = await listen('FILTERS');
    expect((await subscribe(filtered, 'FILTERS', '?filter=00741200=HIGH,00741000=SCHEDULED')).status).toBe(201);
    await created();
    const urgent = await created({ '00741200': { vr: 'CS', Value: ['HIGH'] } });
    expect((await told(listener, 'FILTERS')).map(({ uid }) => uid)).toEqual([urgent]);
    expect((await send(at(`${filtered}/subscribers/FILTERS`), 'DELETE')).status).toBe(200);
  });

  test('404 where there is no such step or subscription; 400 without a filter, a title, or a lock that is one', async () => {
    const uid = await created();
    const statuses = [
      await subscribe('/1.2.3.4.5', 'A'),
      await send(at(`${worklist}/subscribers/NOBODY`), 'DELETE'),
      await send(at(`${filtered}/subscribers/NOBODY`), 'DELETE'),
      await send(at(`${filtered}/subscribers/NOBODY/suspend`), 'POST'),
      await subscribe(filtered, 'A'),
      await subscribe(filtered, 'A', '?filter=Nothing=1'),
      await subscribe(`/${uid}`, 'A'.repeat(17)),
      await subscribe(`/${uid}`, 'A', '?deletionlock=maybe'),
    ].map(({ status }) => status);
    expect(statuses).toEqual([404, 404, 404, 404, 400, 400, 400, 400]);
  });
});

describe('the event channel (sections 8.10.4 and 11.13)', () => {
  test('a report has the form of the standard, and each its own number', async () => {
    const watcher = await watchWorklist(served.service, 'FORM');
    const uid = await created();
    const report = await watcher.next(({ type }) => type === 'state');
    expect(report.dataset).toEqual({
      '00000002': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.34.6.1'] },
      '00000110': { vr: 'US', Value: [expect.any(Number)] },
      '00001000': { vr: 'UI', Value: [uid] },
      '00001002': { vr: 'US', Value: [1] },
      '00404041': { vr: 'CS', Value: ['READY'] },
      '00741000': { vr: 'CS', Value: ['SCHEDULED'] },
    });
    await created();
    const numbers = watcher.reports.map(({ dataset }) => dataset['00000110']!.Value![0]);
    expect(new Set(numbers).size).toBe(numbers.length);
    await watcher.close();
  });

  test('whoever listens is told once that we began anew, and when we go down', async () => {
    const own = await serveWorklist();
    const first = await openEventChannel(own.service, 'WATCHER');
    const status = await first.next();
    expect(status).toMatchObject({ type: 'status', uid: '1.2.840.10008.5.1.4.34.5' });
    expect(['00741242', '00741244', '00741246'].map((tag) => status.dataset[tag]?.Value?.[0])).toEqual([
      'RESTARTED',
      'WARM START',
      'WARM START',
    ]);
    const second = await openEventChannel(own.service, 'WATCHER');
    own.channels.close();
    expect((await second.next()).dataset['00741242']?.Value).toEqual(['GOING DOWN']);
    await own.stop();
  });

  test('a page of another origin may not listen, a viewer that is named may', async () => {
    await expect(openEventChannel(served.service, 'PAGE', { Origin: 'https://elsewhere.example' })).rejects.toThrow(
      /403/,
    );
    const origins = ['https://viewer.example', new URL(served.service).origin];
    for (const Origin of origins) await (await openEventChannel(served.service, 'PAGE', { Origin })).close();
    expect((await fetch(`${served.service}/subscribers/PAGE`)).status).toBe(400);
  });

  test('addresses that name no AE title open nothing', async () => {
    for (const ae of ['A'.repeat(17), '%5C', 'a/b'])
      await expect(openEventChannel(served.service, ae)).rejects.toThrow();
  });

  test('a subscriber that does not read is cut off, and the others hear everything', async () => {
    const own = await serveWorklist({ waitingBytesMax: 100_000 });
    const slow = connect(Number(new URL(own.service).port), '127.0.0.1');
    slow.write(
      'GET /dicom-web/subscribers/SLOW HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await once(slow, 'readable'); // the handshake; nothing more is read
    const quick = await openEventChannel(own.service, 'QUICK');
    const attributes = { '00741238': { vr: 'LT', Value: ['x'.repeat(1_000_000)] } };
    for (let uid = 1; uid <= 40; uid += 1) {
      for (const ae of ['SLOW', 'QUICK']) own.channels.send(ae, { type: 'state', uid: `1.2.${uid}`, attributes });
      await quick.next((report) => report.uid === `1.2.${uid}`);
    }
    slow.on('error', () => {}).resume();
    await once(slow, 'close');
    await quick.close();
    await own.stop();
  });

  test('so many channels and no more', async () => {
    const own = await serveWorklist({ channelsMax: 1 });
    const one = await openEventChannel(own.service, 'A');
    await expect(openEventChannel(own.service, 'B')).rejects.toThrow(/503/);
    await one.close();
    await own.stop();
  });
});
