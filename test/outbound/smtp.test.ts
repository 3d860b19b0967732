import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createSmtpDestination, type SmtpSettings } from '#outbound/smtp';
import { openCertificates } from '#src/certificates';
import type { Certificates } from '#src/ports';
import { makeAuthority, type Pair } from '#test/support/certificates';
import { hasProgram, testWith } from '#test/support/peers';
import { aReport, quiet, study, temporaryFolder, type Told } from './told.ts';

const folder = temporaryFolder();
let report: Told;
let pair: Pair;
let certificates: Certificates & { close(): void };
const opened: SMTPServer[] = [];

beforeAll(async () => {
  report = await aReport(folder.path);
  if (!hasProgram('openssl')) return;
  pair = makeAuthority().issue('mail');
  certificates = openCertificates('destination', { caFile: pair.caFile }, { publish: () => undefined });
});
afterEach(() => opened.splice(0).forEach((server) => server.close(() => undefined)));
afterAll(() => {
  certificates?.close();
  folder[Symbol.dispose]();
});

/** A mail server on this machine, and what was sent to it. */
async function startMail(options: SMTPServerOptions = {}) {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, _session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString());
        callback();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  opened.push(server);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return { port: (listening.address() as AddressInfo).port, mails };
}

function deliver(port: number, changes: Partial<SmtpSettings> = {}, told = report) {
  const settings: SmtpSettings = {
    name: 'on call',
    host: '127.0.0.1',
    port,
    security: 'none',
    from: 'apical@hospital.example',
    to: ['cardiologist@hospital.example', 'fellow@hospital.example'],
    patientInMail: false,
    pageUrl: 'https://apical.hospital.example/',
    timeoutMs: 500,
    ...changes,
  };
  return createSmtpDestination(settings, { ask: told.ask }).deliver(told.instance, told.path, quiet);
}

/** The text of a mail, its soft line breaks undone (RFC 2045 section 6.7). */
const textIn = (mail: string) => mail.replace(/=\r\n/g, '').replace(/=3D/g, '=').replace(/\r\n/g, '\n');

test('a mail says priority, reasons, values and where to look, and nothing of the patient', async () => {
  const { port, mails } = await startMail();
  await deliver(port);
  const text = textIn(mails[0]!);
  expect(text).toContain('Subject: Apical: HIGH: Left ventricle | severely \\ dilated (confirmed)');
  expect(text).toContain('To: cardiologist@hospital.example, fellow@hospital.example');
  expect(text).toContain(`Message-ID: <${report.instance.facts.sopInstance}@apical>`);
  for (const line of [
    'For research use only. Not for clinical use.',
    'Priority: HIGH, by the final report',
    '- Withdrawn: LVEF of 30 % or less',
    'Left ventricular ejection fraction: 57.3 % (50.1 to 63.9), similarity 0.2313',
    'Left ventricle size: Markedly enlarged, similarity 0.2700',
    'Pericardial effusion: Absent, similarity 0.1100 (percentile 37)',
    'Cardiac pacemaker lead: Not assessed: the model failed on every suitable clip',
    `https://apical.hospital.example/#/study/${study}`,
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).not.toMatch(/Test|P1|1950|A1/);
});

test('the patient stands in the text where a site wants it, and never in the subject', async () => {
  const { port, mails } = await startMail();
  await deliver(port, { patientInMail: true });
  const text = textIn(mails[0]!);
  expect(text).toContain('Patient: Test Patient\nPatient ID: P1, born 19500101');
  expect(/^Subject:.*$/m.exec(text)![0]).not.toMatch(/Test|P1/);
});

test('an early word and a phantom are named in the subject', async () => {
  const { port, mails } = await startMail();
  await deliver(port, {}, await aReport(folder.path, { revision: 0, isPhantomOnly: true }));
  expect(textIn(mails[0]!)).toMatch(/^Subject: Apical PHANTOM: HIGH.*\n? ?.*preliminary/m);
  expect(textIn(mails[0]!)).toContain('PHANTOM MODEL, NOT FOR PATIENTS');
});

const refuse = (responseCode: number) => (_: unknown, __: unknown, callback: (error: Error) => void) =>
  callback(Object.assign(new Error('P1 is unwelcome'), { responseCode }));

test.each<[string, SMTPServerOptions, string]>([
  ['recipients who are turned away', { onRcptTo: refuse(550) }, 'DESTINATION_REFUSED'],
  ['a server that says later', { onMailFrom: refuse(451) }, 'DESTINATION_BUSY'],
  [
    'a text that is turned away',
    { onData: (stream, session, done) => (stream.resume(), refuse(554)(0, session, done)) },
    'DESTINATION_REFUSED',
  ],
  ['a server that never confirms', { onData: (stream) => void stream.resume() }, 'DESTINATION_UNREACHABLE'],
  [
    'one refused of two',
    {
      onRcptTo: ({ address }, session, done) => (address.startsWith('fellow') ? refuse(550)(0, session, done) : done()),
    },
    'DESTINATION_REFUSED',
  ],
])('%s: nothing counts as delivered', async (_, options, code) => {
  const { port } = await startMail(options);
  await expect(deliver(port)).rejects.toMatchObject({ code, detail: expect.not.stringContaining('P1') });
});

test('nothing is said to a server without TLS, unless it is set', async () => {
  const { port, mails } = await startMail();
  await expect(deliver(port, { security: 'starttls' })).rejects.toMatchObject({
    code: expect.stringMatching(/REFUSED|UNREACHABLE/),
  });
  expect(mails).toEqual([]);
});

testWith(
  ['openssl'],
  'over STARTTLS the server must be whom our authority vouches for, and takes a login',
  async () => {
    const tls = { key: readFileSync(pair.keyFile), cert: readFileSync(pair.certificateFile) };
    const { port, mails } = await startMail({
      ...tls,
      disabledCommands: [],
      authOptional: false,
      onAuth: ({ username, password }, _, done) =>
        password === 'right' ? done(null, { user: username }) : done(new Error('no')),
    });
    const login = { user: 'apical', pass: 'right' };
    await deliver(port, { security: 'starttls', certificates, login, timeoutMs: 5000 });
    expect(mails).toHaveLength(1);
    const wrong = { user: 'apical', pass: 'wrong' };
    await expect(
      deliver(port, { security: 'starttls', certificates, login: wrong, timeoutMs: 5000 }),
    ).rejects.toMatchObject({
      code: 'DESTINATION_REFUSED',
    });
    await expect(deliver(port, { security: 'starttls', login, timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'DESTINATION_UNREACHABLE',
    });
    expect(mails).toHaveLength(1);
  },
);
