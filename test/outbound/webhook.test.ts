import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createWebhookDestination } from '#outbound/webhook';
import { manualClock } from '#test/support/manual-clock';
import { startSink, type Behaviour } from './sink.ts';
import { aReport, quiet, temporaryFolder, type Told } from './told.ts';

const folder = temporaryFolder();
const secret = `whsec_${Buffer.from('a shared secret').toString('base64')}`;
let report: Told;
let sink: Awaited<ReturnType<typeof startSink>>;
let behaviour: Behaviour = { status: 204 };

beforeAll(async () => {
  report = await aReport(folder.path);
  sink = await startSink(() => behaviour);
});
afterEach(() => void sink.asked.splice(0));
afterAll(async () => {
  await sink.stop();
  folder[Symbol.dispose]();
});

function deliver({ path = '/hook', patient = true, url = sink.url, told = report } = {}) {
  const settings = { name: 'hook', url: `${url}${path}`, secret, patient, timeoutMs: 300 };
  const destination = createWebhookDestination(settings, { ask: told.ask, clock: manualClock() });
  return destination.deliver(told.instance, told.path, quiet);
}

test('the body says what the report says, and the signature holds it together with its time', async () => {
  behaviour = { status: 200 };
  await deliver();
  const [{ body, headers }] = sink.asked as [(typeof sink.asked)[number]];
  const id = report.instance.facts.sopInstance;
  const signed = `${id}.${String(headers['webhook-timestamp'])}.${body}`;
  const signature = createHmac('sha256', 'a shared secret').update(signed).digest('base64');
  expect(headers).toMatchObject({ 'webhook-id': id, 'idempotency-key': id, 'webhook-signature': `v1,${signature}` });
  expect(JSON.parse(body)).toMatchObject({
    document: id,
    status: 'final',
    at: '2026-01-05T23:30:01.250+00:00',
    priority: 'HIGH',
    stage: 'settled',
    reasons: [
      { rule: 'dilated', standing: 'confirmed' },
      { rule: 'lvef', standing: 'withdrawn' },
    ],
    patient: { patientId: 'P1', birthDate: '19500101' },
    study: { accession: 'A1' },
    answers: [
      {
        concept: { value: '18043-0' },
        value: { number: 57.3, unit: { value: '%' }, interval: { lower: 50.1, upper: 63.9, level: 0.9 } },
        similarity: 0.2313,
      },
      { answer: { meaning: 'Markedly enlarged' }, similarity: 0.27, threshold: 0.2 },
      { answer: { meaning: 'Absent' }, similarity: 0.11, threshold: 0.18, percentile: 37 },
      { concept: { value: 'mitral-clip' }, similarity: 0.09 },
    ],
    notAssessed: [{ concept: { value: '360129009' }, because: { value: 'model-failed' } }],
    statements: ['For research use only. Not for clinical use.'],
    model: { name: 'EchoCLIP', deviceUid: expect.stringMatching(/^2\.25\./) },
  });
});

test('who the patient is stays out where it is not asked for', async () => {
  behaviour = { status: 200 };
  await deliver({ patient: false });
  expect(sink.asked[0]!.body).not.toMatch(/P1|19500101|Test|"A1"/);
});

test('a preliminary report and a corrected one say so', async () => {
  behaviour = { status: 200 };
  await deliver({ told: await aReport(folder.path, { revision: 0 }) });
  await deliver({ told: await aReport(folder.path, { revision: 3 }) });
  expect(sink.asked.map(({ body }) => (JSON.parse(body) as { status: string }).status)).toEqual([
    'preliminary',
    'corrected',
  ]);
  expect(sink.asked[0]!.body).toContain('PRELIMINARY');
});

test.each<[string, Behaviour, string]>([
  ['a redirect', { status: 307, headers: { location: '/elsewhere' } }, 'DESTINATION_REFUSED'],
  ['a refusal', { status: 403 }, 'DESTINATION_REFUSED'],
  ['too much at once', { status: 429 }, 'DESTINATION_BUSY'],
  ['trouble of its own', { status: 500 }, 'DESTINATION_BUSY'],
  ['silence', 'silent', 'DESTINATION_UNREACHABLE'],
  ['half an answer', 'half', 'DESTINATION_UNREACHABLE'],
])('%s delivers nothing', async (_, how, code) => {
  behaviour = how;
  await expect(deliver()).rejects.toMatchObject({ code });
  expect(sink.asked.map(({ path }) => path)).toEqual(['/hook']);
});

test('nobody at the address is told as unreachable, without a word of the patient', async () => {
  const gone = await startSink(() => 'silent');
  await gone.stop();
  await expect(deliver({ url: gone.url })).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
    detail: 'hook: ECONNREFUSED.',
  });
});
