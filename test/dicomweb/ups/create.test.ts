import { describe, expect, test } from '@jest/globals';
import { openWorklist } from './open-worklist.ts';
import { dayMs, leastStep, performed, send, toState } from './served.ts';

const ups = openWorklist();
const { at, created, begun, step, warningOf, warned, newUid } = ups;

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
    ups.served.clock.advance(dayMs + 1);
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
