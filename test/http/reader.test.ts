import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AgentError } from '#domain/errors';
import type { LoginMethod } from '#http/login';
import type { AnswerShown, DecisionShown, DecisionsDocument } from '#http/api/reader';
import type { StudyDetail, StudyPage } from '#http/api/study';
import type { SystemDocument } from '#http/api/system';
import { deskOver } from './sample-desk.ts';
import { createSample, type Sample, studies } from './sample.ts';
import { startService, type Started } from './start.ts';

// What the page asks beyond looking: a sentence, a decision, a second try.

let sample: Sample;
let service: Started;
beforeAll(async () => {
  sample = await createSample();
  service = await startService(sample);
});
afterAll(async () => {
  await service.close();
  await sample.archive.remove();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}, at = service) =>
  fetch(at.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const get = async <T>(path: string) => (await (await fetch(service.url + path)).json()) as T;
const ask = `/api/studies/${studies.assessed}/ask`;
const decisions = `/api/studies/${studies.assessed}/decisions`;

test('a sentence is answered with its similarity and with pictures that can be fetched', async () => {
  const answer = (await (await post(ask, { sentence: ' Dilated. ' })).json()) as AnswerShown;
  expect(answer).toMatchObject({ sentence: 'Dilated.', similarity: 0.234, keyFrame: 5, phantomOnly: true });
  expect(answer.picture.sourceFrames?.slice(0, 3)).toEqual([1, 3, 5]);
  const picture = await fetch(service.url + answer.picture.rendered.replace('{frame}', '2'));
  expect(picture.headers.get('content-type')).toBe('image/jpeg');
  expect(Buffer.from(await picture.arrayBuffer()).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  const beyond = await fetch(service.url + answer.picture.rendered.replace('{frame}', '13'));
  expect(beyond.status).toBe(404);
});

test.each([
  ['neither a sentence nor a finding', {}, 400],
  ['both', { sentence: 'a', finding: 'b' }, 400],
  ['a sentence without end', { sentence: 'x'.repeat(301) }, 400],
  ['a method that there is not', { sentence: 'a', method: 'guess' }, 400],
  ['something else than a text', { sentence: 5 }, 400],
  ['no JSON', '{', 400],
  ['a list', [], 400],
  ['a body that is too long', { sentence: 'a', more: 'x'.repeat(20_000) }, 413],
])('a question with %s is refused', async (_, body, status) => {
  expect((await post(ask, body)).status).toBe(status);
});

test('a form is no question: another page could send one', async () => {
  expect((await post(ask, 'sentence=a', { 'Content-Type': 'text/plain' })).status).toBe(415);
});

test('one reader asks one thing at a time; the next is told to come again', async () => {
  const gate = Promise.withResolvers<void>();
  const desk = deskOver(sample, () => undefined);
  const slow = await startService(sample, {
    desk: { ...desk, ask: (question) => gate.promise.then(() => desk.ask(question)) },
  });
  const first = post(ask, { sentence: 'a' }, {}, slow);
  let second: Response;
  do second = await post(ask, { sentence: 'b' }, {}, slow);
  while (second.status !== 429);
  expect(second.headers.get('retry-after')).toBe('2');
  gate.resolve();
  expect((await first).status).toBe(200);
  expect((await post(ask, { sentence: 'b' }, {}, slow)).status).toBe(200);
  await slow.close();
});

/** Whoever says a role has it; the name is the role's. */
const login: LoginMethod = {
  challenge: 'Test',
  login: async (role) =>
    role === '' ? { kind: 'none', because: 'missing' } : { kind: 'known', name: `^${role}`, roles: [role as 'read'] },
};

test('who may only look may ask, but neither decide nor send; who may act may not retry all', async () => {
  const closed = await startService(sample, { login });
  const as = (role: string, path: string, body: unknown) => post(path, body, { Authorization: role }, closed);
  const verdict = { verdict: 'acknowledged' };
  expect((await post(ask, { sentence: 'a' }, {}, closed)).status).toBe(401);
  expect((await as('read', ask, { sentence: 'a' })).status).toBe(200);
  expect((await as('read', decisions, verdict)).status).toBe(403);
  expect((await as('read', '/api/documents/1.2/send', { destination: 'a' })).status).toBe(403);
  expect((await as('act', '/api/documents/1.2/send', { destination: 'a' })).status).toBe(202);
  expect((await as('act', '/api/administration/set-aside/retry', {})).status).toBe(403);
  expect(await (await as('administer', '/api/administration/set-aside/retry', {})).json()).toEqual({ retried: 3 });
  const kept = (await (await as('act', decisions, verdict)).json()) as DecisionShown;
  expect(kept).toMatchObject({ reader: 'act', isKnownReader: true });
  await closed.close();
});

test('a decision is kept, shown with what proves it, and takes the study off the list of what is to be read', async () => {
  const body = { verdict: 'amended', comment: 'c', amendments: { 'ejection-fraction': '40 %' } };
  const answer = await post(decisions, body);
  expect(answer.status).toBe(201);
  const kept = (await answer.json()) as DecisionShown;
  expect(kept).toMatchObject({ isKnownReader: false, amendments: [{ readers: '40 %', ours: '34 %' }] });
  const { decisions: shown, publicKey } = await get<DecisionsDocument>(decisions);
  expect(shown.at(-1)).toMatchObject({ ...kept, isGenuine: true });
  expect(publicKey).toEqual({ kty: 'OKP' });
  const toRead = await get<StudyPage>('/api/studies?decided=no');
  expect(toRead.studies.map(({ study }) => study)).not.toContain(studies.assessed);
  expect(toRead.counts.decided).toBe(1);
  expect((await get<StudyDetail>(`/api/studies/${studies.assessed}`)).decisions[0]).toMatchObject(kept);
});

test.each([
  [{ verdict: 'maybe' }],
  [{ verdict: 'amended', amendments: [] }],
  [{ verdict: 'amended', amendments: { a: 1 } }],
  [{ verdict: 'accepted', comment: {} }],
])('a decision %j is refused', async (body) => {
  expect((await post(decisions, body)).status).toBe(400);
});

test.each(['priority=URGENT', 'state=done', 'decided=perhaps'])('a list by %s is refused', async (query) => {
  expect((await fetch(`${service.url}/api/studies?${query}`)).status).toBe(400);
});

test('the list can be narrowed, and its next page keeps that', async () => {
  const page = await get<StudyPage>(`/api/studies?study=${studies.setAside}&study=${studies.receiving}&limit=1`);
  expect(page.studies).toHaveLength(1);
  const next = await get<StudyPage>(page.next!);
  expect(new Set([...page.studies, ...next.studies].map(({ study }) => study))).toEqual(
    new Set([studies.setAside, studies.receiving]),
  );
});

test('the system says what arrived where, what waits, what was refused and what was set aside', async () => {
  service.publish({ kind: 'instance-refused', code: 'OBJECT_UNREADABLE', detail: '', by: 'c-store' });
  service.publish({ kind: 'clip-read', study: '1', sopInstance: '1', outcome: 'still' });
  service.publish({ kind: 'clip-read', study: '1', sopInstance: '2', outcome: 'A4C' });
  const system = await get<SystemDocument>('/api/system');
  expect(system.destinations[0]).toMatchObject({ name: 'Hospital PACS', kind: 'c-store', counts: { delivered: 2 } });
  expect(system.backlog.find(({ kind }) => kind === 'assess')).toEqual({
    kind: 'assess',
    waiting: 3,
    running: 0,
    setAside: 0,
  });
  expect(system).toMatchObject({
    refusals: [{ code: 'OBJECT_UNREADABLE', count: 1 }],
    ineligible: [{ code: 'still', count: 1 }],
    setAside: [{ id: 7, kind: 'assess', study: studies.setAside, fault: 'MODEL_UNFIT' }],
  });
  expect((await post('/api/set-aside/7/retry', {})).status).toBe(200);
  expect((await post('/api/set-aside/x/retry', {})).status).toBe(400);
});

test('what goes wrong on the way is answered as a fault', async () => {
  const desk = {
    ...deskOver(sample, () => undefined),
    ask: () => Promise.reject(new AgentError('MODEL_UNAVAILABLE', 'x')),
  };
  const broken = await startService(sample, { desk });
  expect((await post(ask, { sentence: 'a' }, {}, broken)).status).toBe(503);
  await broken.close();
});
