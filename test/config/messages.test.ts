import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { examineListener } from '#cli/examine-listener';
import { loadConfiguration } from '#config/load';
import { reportsFor } from '#src/destinations';
import { isMessage, openMessages, type MessageSettings } from '#src/messages';
import { startSink } from '#test/outbound/sink';
import { manualClock } from '#test/support/manual-clock';

const folder = mkdtempSync(join(tmpdir(), 'apical-messages-'));
afterAll(() => rmSync(folder, { recursive: true }));

function destinations(...entries: readonly string[]) {
  const file = join(folder, 'apical.yaml');
  writeFileSync(file, `destinations: [${entries.join(', ')}]`);
  return loadConfiguration({ file }).destinations;
}

const secretFile = join(folder, 'secret');
const webhook = (url = 'http://127.0.0.1:9/') =>
  `{ kind: webhook, name: hook, url: '${url}', secretFile: ${secretFile} }`;
const mail = '{ kind: smtp, name: mail, host: h, from: a@b, to: [c@d] }';

test('messages are made of the measurement report alone; archives are sent overlays too, and nothing preliminary', () => {
  const [archive, hook, people] = destinations('{ kind: stow-rs, name: pacs, url: http://h/ }', webhook(), mail);
  expect([archive, hook, people].map((settings) => reportsFor(settings!))).toEqual([
    ['sr', 'text-sr', 'sc'],
    ['sr'],
    ['sr'],
  ]);
  expect([archive!.preliminary, hook!.preliminary, people!.preliminary]).toEqual([false, true, true]);
});

test('by default people are told by rule only, over TLS, and not who the patient is', () => {
  const [people] = destinations(mail);
  expect(people).toMatchObject({ onlyByRule: true, security: 'starttls', patientInMail: false });
  expect(destinations(webhook())[0]).toMatchObject({ onlyByRule: false });
});

test.each([
  ['a mail to nobody', '{ kind: smtp, name: mail, host: h, from: a@b, to: [] }'],
  ['a webhook without a secret', '{ kind: webhook, name: hook, url: http://h/ }'],
  ['an address that is none', webhook('ftp://h/')],
  ['reports for a message', '{ kind: hl7, name: ris, host: h, port: 1, reports: [text] }'],
])('%s is refused', (_, entry) => {
  expect(() => destinations(entry)).toThrow(/destinations\.0/);
});

test('a secret that cannot be read is told at the opening, not at the first message', () => {
  const [hook] = destinations(webhook());
  if (!hook || !isMessage(hook)) throw new Error('no message');
  const doors = { ask: async () => undefined, clock: manualClock(), publish: () => undefined };
  expect(() => openMessages(hook, doors)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  writeFileSync(secretFile, 'a secret\n');
  expect(openMessages(hook, doors).thing.name).toBe('hook');
});

test('the doctor finds out whether somebody listens, and sends nothing', async () => {
  const sink = await startSink(() => ({ status: 200 }));
  const at = () => destinations(webhook(sink.url))[0] as MessageSettings;
  expect(await examineListener(at())).toMatch(/^127\.0\.0\.1:\d+ takes connections$/);
  expect(sink.asked).toEqual([]);
  await sink.stop();
  await expect(examineListener(at())).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' });
});
