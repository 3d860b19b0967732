import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Message as Hl7Message } from 'node-hl7-client';
import { createHl7Destination } from '#outbound/hl7/destination';
import { openCertificates } from '#src/certificates';
import { makeAuthority } from '#test/support/certificates';
import { manualClock } from '#test/support/manual-clock';
import { testWith } from '#test/support/peers';
import { startMllpSink } from './mllp-sink.ts';
import { aReport, quiet, study, temporaryFolder, type Told } from './told.ts';

const folder = temporaryFolder();
let report: Told;
let sink: Awaited<ReturnType<typeof startMllpSink>>;
let reply: (control: string) => string | undefined;

const acknowledged =
  (code: string, error = '') =>
  (control: string) =>
    `MSH|^~\\&|RIS|H|APICAL||20260105||ACK^R01|9|P|2.5.1\rMSA|${code}|${control}\r${error}`;

beforeAll(async () => {
  report = await aReport(folder.path, {
    name: { Alphabetic: 'Yamada^Tarou^^Dr^Jr', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
    more: { IssuerOfPatientID: 'H|1', AccessionNumber: 'A^1&2~' },
  });
  sink = await startMllpSink((message) => reply(new Hl7Message({ text: message }).get('MSH.10').toString()));
});
afterEach(() => void sink.received.splice(0));
afterAll(async () => {
  await sink.stop();
  folder[Symbol.dispose]();
});

function deliver(told = report, changes: Partial<Parameters<typeof createHl7Destination>[0]> = {}) {
  const settings = {
    name: 'ris',
    host: '127.0.0.1',
    port: sink.port,
    sendingApplication: 'APICAL',
    sendingFacility: 'ECHO|LAB',
    receivingApplication: 'RIS',
    receivingFacility: 'HOSPITAL',
    processingId: 'P',
    timeoutMs: 300,
    ...changes,
  } as const;
  const destination = createHl7Destination(settings, { ask: told.ask, clock: manualClock() });
  return destination.deliver(told.instance, told.path, quiet);
}

/** The message as another program's parser reads it. */
async function sent(told = report) {
  reply = acknowledged('AA');
  await deliver(told);
  const message = new Hl7Message({ text: sink.received.at(-1)! });
  return { message, at: (path: string) => message.get(path).toString() };
}

/** Fields of every OBX, split by hand. */
function observations(): readonly string[][] {
  return sink.received
    .at(-1)!
    .split('\r')
    .filter((line) => line.startsWith('OBX'))
    .map((line) => line.split('|'));
}

describe('an ORU^R01', () => {
  test('says who the patient is in every spelling, delimiters escaped', async () => {
    const { at } = await sent();
    expect([at('MSH.9.1'), at('MSH.9.2'), at('MSH.9.3')]).toEqual(['ORU', 'R01', 'ORU_R01']);
    expect([at('MSH.4'), at('MSH.12'), at('MSH.18')]).toEqual(['ECHO|LAB', '2.5.1', 'UNICODE UTF-8']);
    expect([at('PID.3.1'), at('PID.3.4'), at('PID.7'), at('PID.8')]).toEqual(['P1', 'H|1', '19500101', 'O']);
    expect(sink.received[0]!.split('\r')[1]!.split('|')[5]).toBe(
      'Yamada^Tarou^^Jr^Dr^^L^A~山田^太郎^^^^^L^I~やまだ^たろう^^^^^L^P',
    );
    expect(at('OBR.18')).toBe('A^1&2~');
    expect([at('OBR.25'), at('OBR.24'), at('TQ1.9.1')]).toEqual(['F', 'CUS', 'S']);
  });

  test('carries the values of the report, without an abnormal flag', async () => {
    await sent();
    const told = observations().map(([, , type, concept, sub, value, unit]) =>
      [type, concept!.split('^')[0], sub, value, unit?.split('^')[0]].join(' '),
    );
    expect(told).toEqual([
      `ST 113014  ${study} `,
      'NM 18043-0 18043-0 57.3 %',
      'SN interval 18043-0 ^50.1^-^63.9 %',
      'NM interval-level 18043-0 90 %',
      'NM similarity 18043-0 0.2313 1',
      'CWE lv-size lv-size 373128001^Markedly enlarged^SCT ',
      'NM similarity lv-size 0.27 1',
      'NM threshold lv-size 0.2 1',
      'CWE 373945007 373945007 272519000^Absent^SCT ',
      'NM similarity 373945007 0.11 1',
      'NM threshold 373945007 0.18 1',
      'NM 121415 373945007 37 %',
      'CWE asked-about mitral-clip mitral-clip^Percutaneous mitral valve repair clip^99APICAL ',
      'NM similarity mitral-clip 0.09 1',
      'CWE 360129009 360129009 model-failed^Not assessed: the model failed on every suitable clip^99APICAL ',
    ]);
    expect(observations().every((fields) => fields[8] === '')).toBe(true);
    expect(observations().map((fields) => fields[11])).toEqual([...Array(14).fill('F'), 'X']);
  });

  test('tells use, reasons and what was withdrawn in notes', async () => {
    await sent();
    const notes = sink.received[0]!.split('\r').filter((line) => line.startsWith('NTE'));
    expect(notes).toEqual([
      'NTE|1|L|For research use only. Not for clinical use.',
      'NTE|2|L|HIGH: Left ventricle \\F\\ severely \\E\\ dilated (confirmed)',
      'NTE|3|L|Withdrawn: LVEF of 30 % or less',
    ]);
  });

  test('has one control ID for a repeat, another for another report, and says P, F or C', async () => {
    const ids: string[] = [];
    for (const revision of [1, 1, 0, 2]) {
      const { at } = await sent(await aReport(folder.path, { revision }));
      ids.push(at('MSH.10'));
      expect([at('OBR.25'), observations()[1]![11]]).toEqual(
        revision === 0 ? ['P', 'P'] : revision === 1 ? ['F', 'F'] : ['C', 'C'],
      );
    }
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).toMatch(/^[0-9a-f]{20}$/);
  });

  test('lets no line break of a value begin a segment or end the message', async () => {
    const { message } = await sent(await aReport(folder.path, { name: { Alphabetic: 'Doe\rOBX|1^\x1c\rJane' } }));
    expect(message.get('PID.5.1').toString()).toBe('Doe OBX|1');
    expect(observations()).toHaveLength(15);
  });
});

test.each<[string, typeof reply, string]>([
  [
    'an error of the content',
    acknowledged('AE', 'ERR|||101^Required field missing^HL70357|E\r'),
    'DESTINATION_REFUSED',
  ],
  ['an error of its own', acknowledged('AE', 'ERR|||207^Application internal error^HL70357|E\r'), 'DESTINATION_BUSY'],
  ['a rejection without a reason', acknowledged('AR'), 'DESTINATION_BUSY'],
  [
    'a rejection of the version',
    acknowledged('AR', 'ERR|||203^Unsupported version id^HL70357|E\r'),
    'DESTINATION_REFUSED',
  ],
  ['an acknowledgement of another message', () => acknowledged('AA')('other'), 'DESTINATION_BUSY'],
  ['no acknowledgement', () => 'MSH|^~\\&|RIS|H|A||20260105||ADT^A01|9|P|2.5.1\rPID|1\r', 'DESTINATION_BUSY'],
  ['no HL7 at all', () => 'HTTP/1.1 400 Bad Request', 'DESTINATION_BUSY'],
  ['silence', () => undefined, 'DESTINATION_UNREACHABLE'],
  ['half an answer', () => 'cut', 'DESTINATION_UNREACHABLE'],
])('%s delivers nothing', async (_, how, code) => {
  reply = how;
  await expect(deliver()).rejects.toMatchObject({ code, detail: expect.not.stringMatching(/Yamada|P1/) });
  expect(sink.received).toHaveLength(1);
});

test('a receiver that is down is told as unreachable', async () => {
  const gone = await startMllpSink(() => undefined);
  await gone.stop();
  await expect(deliver(report, { port: gone.port })).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
    detail: 'ris: ECONNREFUSED.',
  });
});

testWith(['openssl'], 'over TLS the receiver must be whom our authority vouches for', async () => {
  const authority = makeAuthority();
  const [ours, theirs] = [authority.issue('apical'), makeAuthority().issue('stranger')];
  const serve = (pair: typeof ours) =>
    startMllpSink((message) => acknowledged('AA')(new Hl7Message({ text: message }).get('MSH.10').toString()), {
      key: readFileSync(pair.keyFile),
      cert: readFileSync(pair.certificateFile),
    });
  const [known, unknown] = [await serve(ours), await serve(theirs)];
  const certificates = openCertificates('destination', { caFile: ours.caFile }, { publish: () => undefined });
  await deliver(report, { port: known.port, certificates, timeoutMs: 5000 });
  await expect(deliver(report, { port: unknown.port, certificates, timeoutMs: 5000 })).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
  });
  expect([known.received.length, unknown.received.length]).toEqual([1, 0]);
  certificates.close();
  await known.stop();
  await unknown.stop();
});
