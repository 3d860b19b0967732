import { afterAll, describe, expect, test } from '@jest/globals';
import { openEventChannel, type Listener } from '#test/support/worklist-events';
import { openWorklist } from './open-worklist.ts';
import { send, toState } from './served.ts';

const ups = openWorklist();
const { at, created } = ups;

describe('Subscribe, Unsubscribe, Suspend (sections 11.10 to 11.12)', () => {
  const worklist = '/1.2.840.10008.5.1.4.34.5';
  const filtered = '/1.2.840.10008.5.1.4.34.5.1';
  const subscribe = (path: string, ae: string, query = '') => send(at(`${path}/subscribers/${ae}${query}`), 'POST');
  const open: Listener[] = [];
  const listen = async (ae: string) => {
    const listener = await openEventChannel(ups.served.service, ae);
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
      `${ups.served.service.replace('http', 'ws')}/subscribers/WHERE`,
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
