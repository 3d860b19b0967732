import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chromium } from 'playwright-core';
import { sendInstances } from '#dimse/storage-scu';
import { apical, startAgentProcess, until, type AgentProcess } from '#test/support/agent-process';
import { makeDicom } from '#test/support/make-dicom';
import { testWith } from '#test/support/peers';
import { deflateBomb, deflated, nestedDeep } from './hostile-objects.ts';

// What a hostile or unlucky sender brings costs its own object or study, and nothing that names a patient comes out.

const folder = mkdtempSync(join(tmpdir(), 'apical-hostile-'));
let agent: AgentProcess;
const collector = createServer((request, response) => {
  request.on('data', (chunk: Buffer) => (traced += chunk.toString('latin1')));
  request.on('end', () => response.writeHead(200).end());
});
beforeAll(async () => {
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  agent = await startAgentProcess(
    {
      traces: { url: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces` },
      log: { level: 'debug' },
      assessment: { quietPeriodMs: 300 },
      audit: { host: '127.0.0.1', port: 9 }, // nobody is there: the spool keeps what is to be told
    },
    { dataFolder: join(folder, 'data') },
  );
  void collectStream();
}, 60_000);

/** What a collector of traces is sent. */
let traced = '';

/** What a page is told as it happens. */
let streamed = '';
async function collectStream(): Promise<void> {
  const { body } = await fetch(new URL('/api/events', agent.page));
  try {
    for await (const chunk of body!) streamed += Buffer.from(chunk).toString();
  } catch {
    // the agent has stopped
  }
}
afterAll(async () => {
  await agent.kill('SIGTERM');
  collector.closeAllConnections();
  collector.close();
  rmSync(folder, { recursive: true, force: true });
});

const usMultiframe = '1.2.840.10008.5.1.4.1.1.3.1';
const explicitLittleEndian = '1.2.840.10008.1.2.1';
const script = '<script>alert(7)</script>'; // without =, which parts the groups of a name
/** Values that went in, each found nowhere else. */
const secret = {
  patientName: `Zebrowski${script}^Quintessa`,
  patientId: 'ID-73519Q',
  more: {
    PatientBirthDate: '19031127',
    PatientAddress: 'Elderberry Lane 4711',
    AccessionNumber: 'ACC-88271',
    ReferringPhysicianName: 'Orlowska^Referrer',
    InstitutionName: 'Saint Quirinus',
    PatientComments: 'comments-on-the-patient',
    StudyDescription: 'described-for-nobody',
  },
};
const secrets = [
  'Zebrowski',
  'Quintessa',
  'ID-73519Q',
  '19031127',
  'Elderberry',
  'ACC-88271',
  'Orlowska',
  'Quirinus',
  'comments-on',
  'described-for',
];

/** Of all these only the metrics and the system view may name the institution: drift is told by scanner and site. */
const site = 'Quirinus';

const uidOf = (name: string) => ({
  study: `1.2.3.${name}`,
  series: `1.2.3.${name}.1`,
  sopInstance: `1.2.3.${name}.1.1`,
});
const object = (name: string, more = {}) =>
  makeDicom({ ...uidOf(name), ...secret, frames: Array<number>(12).fill(9), more: { ...secret.more, ...more } });

/** Sends a file and says what it was answered. */
async function send(name: string, bytes: Buffer, transferSyntax = explicitLittleEndian): Promise<number> {
  const path = join(folder, `${name}.dcm`);
  writeFileSync(path, bytes);
  const { sopInstance } = uidOf(name);
  const files = [{ path, sopClass: usMultiframe, sopInstance, transferSyntax }];
  const signal = new AbortController().signal;
  const [sent] = await sendInstances({ files, to: agent.dimse, callingAeTitle: 'HOSTILE', timeoutMs: 60_000, signal });
  return sent!.status;
}

const stateOf = async (name: string): Promise<string | undefined> => {
  const answer = await fetch(new URL(`/api/studies/${uidOf(name).study}`, agent.page));
  const { state } = (await answer.json()) as { state?: string };
  return state === 'assessed' || state === 'set-aside' ? state : undefined;
};

test('a deflate bomb is refused', async () => {
  const bomb = deflateBomb(object('1'), uidOf('1').sopInstance);
  expect(bomb.length).toBeLessThan(150_000);
  expect(await send('1', bomb, deflated)).toBe(0xc000);
}, 60_000);

test('a sequence nested 10,000 deep is refused', async () => {
  expect(await send('2', nestedDeep(makeDicom({ ...uidOf('2'), ...secret })))).toBe(0xc000);
});

test('65,535 × 65,535 pixels in a small file cost their own study only', async () => {
  expect(await send('3', object('3', { Rows: 65_535, Columns: 65_535 }))).toBe(0);
  expect(await send('4', object('4'))).toBe(0);
  for (const name of ['3', '4']) {
    expect(await until(() => stateOf(name), { what: `study ${name}` })).toBe('assessed');
  }
}, 120_000);

testWith(
  ['chromium'],
  "a script in a patient's name is shown as text",
  async () => {
    expect(await send('5', object('5'))).toBe(0);
    await until(() => stateOf('5'), { what: 'study 5' });
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      let dialogs = 0;
      page.on('dialog', (dialog) => {
        dialogs += 1;
        void dialog.dismiss();
      });
      await page.goto(new URL(`/#/study/${uidOf('5').study}`, agent.page).href);
      await page.getByText(script).first().waitFor({ timeout: 20_000 });
      expect(dialogs).toBe(0);
    } finally {
      await browser.close();
    }
  },
  120_000,
);

test('doctor counts what was refused, and finds the archive whole, while the agent runs', async () => {
  const { stdout } = await apical('doctor', '--data', agent.dataFolder, '--json');
  const { checks } = JSON.parse(stdout) as { checks: readonly { name: string; detail: string }[] };
  const said = (name: string) => checks.find((check) => check.name === name)?.detail;
  expect(said('quarantine')).toBe('refused objects lie there: 2 OBJECT_UNREADABLE');
  expect(said('archive')).toMatch(/^(\d+) files, \1 entries$/);
}, 60_000);

test('nothing that a run writes outside the archive holds what identifies a patient', async () => {
  await fetch(new URL(`/dicom-web/studies?PatientName=${encodeURIComponent('Zebrowski*')}`, agent.page));
  const places = ['/metrics', '/ready', '/api/about', '/api/system', '/api/studies?limit=100'];
  const details = ['3', '4'].map((name) => `/api/studies/${uidOf(name).study}`);
  const answers = await Promise.all(
    [...places, ...details].map(
      async (place) => [place, await (await fetch(new URL(place, agent.page))).text()] as const,
    ),
  );
  await until(async () => agent.log().includes('"audit-failed"') || undefined, { what: 'the audit log to be missed' });
  const written = filesBelow(agent.dataFolder).filter((path) => !isObject(relative(agent.dataFolder, path)));
  const texts = new Map<string, string>([
    ['log', agent.log()],
    ['events', streamed],
    ['traces', await until(async () => traced || undefined, { what: 'spans' })],
    ...answers,
    ...written.map((path) => [path, readFileSync(path, 'latin1')] as const),
  ]);
  expect(texts.get('log')).toContain('"instance-refused"');
  expect(texts.get('log')).toContain('"audit-failed"');
  expect(texts.get('events')).toContain('"study-assessed"');
  for (const [place, text] of answers) expect([place, text.length > 20]).toEqual([place, true]);
  expect(written.filter((path) => path.includes('quarantine')).length).toBeGreaterThanOrEqual(2);
  const found = [...texts].flatMap(([where, text]) =>
    secrets
      .filter((value) => text.includes(value) && !(value === site && ['/metrics', '/api/system'].includes(where)))
      .map((value) => `${where}: ${value}`),
  );
  expect(found).toEqual([]);
});

test('the search would find them: the archive holds them', () => {
  const archive = filesBelow(agent.dataFolder).filter((path) => path.endsWith('.dcm'));
  const text = archive.map((path) => readFileSync(path, 'latin1')).join('');
  for (const value of secrets) expect(text).toContain(value);
});

/** The archive, the objects that were refused, and what the audit log is still to be told, which names whom a query asked for. */
function isObject(path: string): boolean {
  return path.startsWith('archive/') || /^quarantine\/.*\.dcm$/.test(path) || /^audit\.sqlite(-wal|-shm)?$/.test(path);
}

function filesBelow(place: string): readonly string[] {
  return readdirSync(place, { recursive: true })
    .map((name) => join(place, String(name)))
    .filter((path) => statSync(path).isFile());
}
