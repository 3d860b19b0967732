import { describe, expect, test } from '@jest/globals';
import { openEventChannel } from '#test/support/worklist-events';
import { openWorklist } from './open-worklist.ts';
import { performed, send, toState } from './served.ts';

const ups = openWorklist();
const { at, created, begun, step, stateOf, warningOf, warned } = ups;

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
    const watcher = await openEventChannel(ups.served.service, 'SEES');
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
    const performer = await openEventChannel(ups.served.service, 'DOES');
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
