import { expect } from '@jest/globals';
import type { StudyRow } from '#domain/study';
import { testWith } from '#test/support/peers';
import { browse } from './browse.ts';
import { deskOver } from './sample-desk.ts';
import { studies } from './sample.ts';
import { type Started, startService } from './start.ts';
import { watched } from './watched.ts';

// The page before the first study, while studies arrive, and of the agent itself.

const at = browse();
const { seen, section } = at;

/** A service to which nothing has come; `arrive` brings a study of the sample there. */
async function startEmpty(): Promise<{ service: Started; arrive(index: number): StudyRow }> {
  const rows: StudyRow[] = [];
  const arrive = (index: number) => {
    rows.push(at.sample.rows[index]!);
    return at.sample.rows[index]!;
  };
  const demonstrate = async () => arrive(0);
  return { service: await startService({ ...at.sample, rows }, { demonstrate }), arrive };
}

testWith(
  ['chromium'],
  'an empty start says where to send to, and a click brings a demonstration with its report',
  async () => {
    const { service } = await startEmpty();
    await at.page.goto(service.url);
    const send = section('Send from a modality or an archive');
    await send.waitFor();
    expect(await send.locator('dd').allTextContents()).toEqual(['APICAL', '127.0.0.1', '11112']);
    expect(await section('Watch an archive').textContent()).toContain('archives:');
    await at.page.getByRole('button', { name: 'Run a demonstration study' }).click();
    await section('Findings').waitFor();
    expect(new URL(at.page.url()).hash).toBe(`#/study/${studies.assessed}`);
    expect(at.complaints).toEqual([]);
    await service.close();
  },
);

testWith(['chromium'], 'a demonstration that fails says why, and may be tried again', async () => {
  const demonstrate = () => Promise.reject(new TypeError('secret'));
  const service = await startService({ ...at.sample, rows: [] }, { demonstrate });
  await at.page.goto(service.url);
  const button = at.page.getByRole('button', { name: 'Run a demonstration study' });
  await button.click();
  await at.page.getByRole('alert').waitFor();
  expect(await at.page.getByRole('alert').textContent()).toBe('Something happened that this program does not know.');
  expect(await button.isEnabled()).toBe(true);
  await service.close();
});

testWith(['chromium'], 'a study that arrives, and how far it is, appear without a reload', async () => {
  const { service, arrive } = await startEmpty();
  await at.page.goto(service.url);
  await seen('No study has arrived yet');
  const { study } = arrive(2);
  service.publish({ kind: 'clip-read', study, sopInstance: '1.2', outcome: 'A4C' });
  await seen('Looking at the clips: 1 of 2');
  service.publish({ kind: 'instance-refused', code: 'OBJECT_UNREADABLE', detail: 'Cut off.', by: 'c-store' });
  await seen(/An object was refused\. The object is not a readable DICOM data set\./);
  expect(at.complaints).toEqual([]);
  await service.close();
});

testWith(
  ['chromium'],
  'the system says what failed for good and whose it is, whether the audit log is heard, how studies and models drift',
  async () => {
    const retried: unknown[] = [];
    const desk = deskOver(at.sample, () => undefined);
    const retry = async (which: number | 'all') => retried.push(which);
    const facts = { quarantined: [], disk: { freeBytes: 5e10, neededBytes: 2e9 }, configuration: { needRestart: [] } };
    const names = { archives: [], worklists: [], destinations: [], auditRepository: 'log.example:6514' };
    const system = async () => ({ ...facts, ...names });
    const service = await startService(at.sample, { desk: { ...desk, retry }, system, watch: async () => watched });
    service.publish({ kind: 'audit-failed', code: 'DESTINATION_UNREACHABLE', detail: '', waiting: 4 });
    await at.page.goto(`${service.url}/#/system`);
    const letters = section('Dead letters 1');
    await letters.getByText('1 study').click();
    expect(await letters.getByRole('link', { name: 'Moreau, Hélène · SECRET-4' }).getAttribute('href')).toBe(
      `#/study/${studies.setAside}`,
    );
    await letters.getByRole('button', { name: 'Retry: Assess' }).click();
    await at.page.waitForFunction(() => !document.querySelector('.letters button:disabled'));
    expect(retried).toEqual([7]);
    expect(await section('Installation').textContent()).toMatch(/log\.example:6514.*4 waiting.*does not answer/s);
    expect(await section('Scanners').textContent()).toMatch(/Maker Model.*150 studies.*looks different.*view score/s);
    expect(await section('Second model').textContent()).toMatch(/b 2 · 7 studies.*2 \(−3 – 7\).*75/s);
    expect(at.complaints).toEqual([]);
    await service.close();
  },
);
