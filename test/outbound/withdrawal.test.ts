import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { schema } from '#config/schema';
import type { Finding } from '#domain/finding';
import type { Triage } from '#domain/triage';
import { deriveUid } from '#domain/uid';
import type { DiagnosticReport, TransactionBundle } from '#outbound/fhir/resources';
import { openMessages, type MessageSettings } from '#src/messages';
import type { Destination } from '#src/ports';
import { findings } from '#test/compose/composition';
import { manualClock } from '#test/support/manual-clock';
import { startMllpSink } from './mllp-sink.ts';
import { startSink } from './sink.ts';
import { aReport, quiet, study, temporaryFolder, urgent, type Told } from './told.ts';

// An early word: LVEF of 22 %, urgent, and an effusion. The settled study says 55 %, and cannot tell of the effusion.

const rule = { rule: 'weak', message: 'LVEF of 30 % or less', priority: 'HIGH', notify: ['each'] } as const;
const raised: Triage = { ...urgent, stage: 'preliminary', reasons: [{ ...rule, standing: 'raised' }] };
const withdrawn: Triage = { ...urgent, priority: 'LOW', reasons: [{ ...rule, standing: 'withdrawn' }] };

const withValue = (value: number) =>
  findings(deriveUid('test clip')).map((one): Finding => {
    if (one.kind !== 'measured') return one;
    const { id, kind, similarity, evidence } = one;
    return { id, kind, value, similarity, evidence };
  });
const early = withValue(22);
const settled = withValue(55).map((one): Finding =>
  one.id === 'pericardial-effusion' ? { kind: 'not-assessed', id: one.id, because: 'model-failed' } : one,
);

const folder = temporaryFolder();
let preliminary: Told;
let final: Told;
let http: Awaited<ReturnType<typeof startSink>>;
let engine: Awaited<ReturnType<typeof startMllpSink>>;
const mails: string[] = [];
const mailServer = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  logger: false,
  onData(stream, _session, callback) {
    let mail = '';
    stream.on('data', (chunk: Buffer) => (mail += chunk.toString()));
    stream.on('end', () => {
      mails.push(mail);
      callback();
    });
  },
});
let mailPort: number;

beforeAll(async () => {
  preliminary = await aReport(folder.path, { revision: 0, findings: early, triage: raised });
  final = await aReport(folder.path, { revision: 1, findings: settled, triage: withdrawn, after: preliminary });
  writeFileSync(join(folder.path, 'secret'), 'a secret\n');
  http = await startSink(({ body }) => {
    const entry = ((JSON.parse(body) as Partial<TransactionBundle>).entry ?? []).map(() => ({
      response: { status: '200 OK' },
    }));
    return { status: 200, body: JSON.stringify({ resourceType: 'Bundle', entry }) };
  });
  engine = await startMllpSink((message) => {
    const id = message.split('|')[9];
    return `MSH|^~\\&|RIS|H|A||20260105||ACK|9|P|2.5.1\rMSA|AA|${id}\r`;
  });
  const listening = mailServer.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  mailPort = (listening.address() as AddressInfo).port;
});
beforeEach(() => {
  http.asked.length = 0;
  engine.received.length = 0;
  mails.length = 0;
});
afterAll(async () => {
  await http.stop();
  await engine.stop();
  await new Promise<void>((done) => mailServer.close(done));
  folder[Symbol.dispose]();
});

/** The destination as the agent opens it; how the study stands is known by the latest report. */
function open(settings: object, { ask }: Told): Destination {
  const given = { name: 'each', timeoutMs: 5000, onlyByRule: true, preliminary: true, ...settings };
  const [whole] = schema.parse({ destinations: [given] }).destinations;
  return openMessages(whole as MessageSettings, { ask, clock: manualClock(), publish: () => undefined }).thing;
}

const kinds: Readonly<Record<string, () => object>> = {
  webhook: () => ({ kind: 'webhook', url: http.url, secretFile: join(folder.path, 'secret'), patient: false }),
  fhir: () => ({ kind: 'fhir', url: http.url }),
  hl7: () => ({ kind: 'hl7', host: '127.0.0.1', port: engine.port, processingId: 'P' }),
  smtp: () => {
    const people = { from: 'a@hospital.example', to: ['b@hospital.example'] };
    return { kind: 'smtp', host: '127.0.0.1', port: mailPort, security: 'none', ...people, patientInMail: false };
  },
};

/** The early word while it is the newest, then the settled report. */
async function both(kind: string): Promise<void> {
  for (const told of [preliminary, final]) await open(kinds[kind]!(), told).deliver(told.instance, told.path, quiet);
}

describe('who was told of an early finding is told of its withdrawal', () => {
  test('by webhook: the second message replaces the first, with the reason withdrawn', async () => {
    await both('webhook');
    const [first, second] = http.asked.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(first).toMatchObject({ status: 'preliminary', priority: 'HIGH', reasons: [{ standing: 'raised' }] });
    expect(second).toMatchObject({
      status: 'final',
      priority: 'LOW',
      replaces: [preliminary.document.sopInstance],
      reasons: [{ rule: 'weak', standing: 'withdrawn' }],
    });
  });

  test('by HL7: under the same order and the same sub-IDs, P becomes F, and what cannot be told any more X', async () => {
    await both('hl7');
    const rows = engine.received.map((message) => message.split('\r').map((line) => line.split('|')));
    const [first, second] = rows.map((lines) => ({
      order: lines.find(([name]) => name === 'OBR')![3],
      stands: lines.find(([name]) => name === 'OBR')![25],
      observed: Object.fromEntries(
        lines
          .filter(([name]) => name === 'OBX')
          .map((fields) => [`${fields[3]!.split('^')[0]}/${fields[4]}`, `${fields[5]!.split('^')[0]} ${fields[11]}`]),
      ),
    }));
    expect(first!.order).toBe(`${study}^APICAL`);
    expect(second!.order).toBe(first!.order);
    expect([first!.stands, second!.stands]).toEqual(['P', 'F']);
    expect([first!.observed['18043-0/18043-0'], second!.observed['18043-0/18043-0']]).toEqual(['22 P', '55 F']);
    expect(first!.observed['373945007/373945007']).toBe('272519000 P');
    expect(second!.observed['373945007/373945007']).toBe('model-failed X');
    expect(engine.received[1]).toContain('Withdrawn: LVEF of 30 % or less');
    expect(engine.received[1]).toContain(`Replaces ${preliminary.document.sopInstance}`);
  });

  test('by FHIR: the final report names the preliminary one that it replaces, and says what was withdrawn', async () => {
    await both('fhir');
    const [first, second] = http.asked.map(({ body }) => {
      const { entry } = JSON.parse(body) as TransactionBundle;
      return entry.map(({ resource }) => resource).find((one): one is DiagnosticReport => 'conclusion' in one)!;
    });
    expect(first).toMatchObject({ status: 'preliminary', conclusion: expect.stringContaining('HIGH: LVEF of 30 %') });
    expect(second).toMatchObject({
      status: 'final',
      conclusion: expect.stringContaining('Withdrawn: LVEF of 30 % or less'),
      extension: [{ valueReference: { identifier: { value: `urn:oid:${preliminary.document.sopInstance}` } } }],
    });
  });

  test('by mail: the subject says that it is withdrawn', async () => {
    await both('smtp');
    const subjects = mails.map((mail) => /^Subject: (.*(?:\r\n .*)*)$/m.exec(mail)![1]!.replaceAll('\r\n', ''));
    expect(subjects).toEqual([
      'Apical: HIGH: LVEF of 30 % or less (preliminary, research use only)',
      'Apical: Withdrawn: LVEF of 30 % or less (final, research use only)',
    ]);
  });
});

test.each(Object.keys(kinds))('an early word that comes late is not told any more: %s', async (kind) => {
  const late = open(kinds[kind]!(), final); // the settled report is there
  const receipt = await late.deliver(preliminary.instance, preliminary.path, quiet);
  expect(receipt).toEqual({ kind: 'withheld', because: 'REPORT_REPLACED' });
  expect([...http.asked, ...engine.received, ...mails]).toEqual([]);
  expect(await late.deliver(final.instance, final.path, quiet)).toBeUndefined();
});
