import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { StudyRow } from '#domain/study';
import { faults } from '#domain/errors';
import { hasProgram, testWith } from '#test/support/peers';
import { createSample, type Sample, studies } from './sample.ts';
import { type Started, startService } from './start.ts';

// The page as a reader's browser shows it: Chromium, with nothing but our own service to talk to.

const executablePath = '/usr/bin/chromium';
let sample: Sample;
let full: Started;
let browser: Browser | undefined;
let page: Page;
let complaints: string[];
let requests: URL[];

beforeAll(async () => {
  sample = await createSample();
  full = await startService(sample);
  if (hasProgram('chromium')) browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
  await full.close();
  await sample.archive.remove();
});
beforeEach(async () => {
  if (!browser) return;
  [complaints, requests] = [[], []];
  page = await browser.newPage({ viewport: { width: 1400, height: 900 }, locale: 'en-GB', timezoneId: 'UTC' });
  page.setDefaultTimeout(30_000);
  page.on('console', (message) => void (isComplaint(message.type()) && complaints.push(message.text())));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(new URL(request.url())));
});
afterEach(() => page?.close());

const isComplaint = (type: string) => type === 'error' || type === 'warning';
const opened = (study: string) => page.goto(`${full.url}/#/study/${study}`);
const seen = (text: string | RegExp) => page.getByText(text).first().waitFor();
const section = (name: string) => page.getByRole('region', { name });

/** A service to which nothing has come; `arrive` brings a study of the sample there. */
async function startEmpty(): Promise<{ service: Started; arrive(at: number): StudyRow }> {
  const rows: StudyRow[] = [];
  const arrive = (at: number) => {
    rows.push(sample.rows[at]!);
    return sample.rows[at]!;
  };
  const demonstrate = async () => arrive(0);
  return { service: await startService({ ...sample, rows }, { demonstrate }), arrive };
}

testWith(
  ['chromium'],
  'an empty start says where to send to, and a click brings a demonstration with its report',
  async () => {
    const { service } = await startEmpty();
    await page.goto(service.url);
    const send = section('Send from a modality or an archive');
    await send.waitFor();
    expect(await send.locator('dd').allTextContents()).toEqual(['APICAL', '127.0.0.1', '11112']);
    expect(await section('Watch an archive').textContent()).toContain('archives:');
    await page.getByRole('button', { name: 'Run a demonstration study' }).click();
    await section('Findings').waitFor();
    expect(new URL(page.url()).hash).toBe(`#/study/${studies.assessed}`);
    expect(complaints).toEqual([]);
    await service.close();
  },
);

testWith(['chromium'], 'a demonstration that fails says why, and may be tried again', async () => {
  const demonstrate = () => Promise.reject(new TypeError('secret'));
  const service = await startService({ ...sample, rows: [] }, { demonstrate });
  await page.goto(service.url);
  const button = page.getByRole('button', { name: 'Run a demonstration study' });
  await button.click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').textContent()).toBe('Something happened that this program does not know.');
  expect(await button.isEnabled()).toBe(true);
  await service.close();
});

testWith(['chromium'], 'a study shows each answer with its unit and interval, and why one is missing', async () => {
  await page.goto(full.url); // the newest study is shown without a click
  const rows = section('Findings').locator('tbody tr');
  await rows.first().waitFor();
  const text = (await rows.allTextContents()).map((row) => row.replaceAll(/\s+/g, ' ').trim());
  expect(text).toEqual([
    expect.stringMatching(
      /^Left ventricular ejection fraction ?34 % ?27–41 % \(90 % interval\) ?similarity 0\.274 ?Overlay$/,
    ),
    expect.stringMatching(/^Pericardial effusion ?Present ?similarity 0\.310 · threshold 0\.220 ?Overlay$/),
    expect.stringMatching(/^Pacemaker lead ?Absent/),
    expect.stringMatching(/^MitraClip ?Similarity only.*similarity 0\.187 · percentile 83/),
    expect.stringMatching(/^Right ventricular dilation ?Normal/),
    expect.stringMatching(/^Pulmonary artery systolic pressure ?Not assessed, because: no clip of a suitable view$/),
  ]);
  const all = (await page.locator('body').innerText()).replaceAll(/not a probability/g, '');
  expect(all).not.toMatch(/probab|confiden|likel/i);
  expect(complaints).toEqual([]);
});

testWith(
  ['chromium'],
  'what it is not, and what a phantom model is not for, stay in sight however far one scrolls',
  async () => {
    await opened(studies.assessed);
    await section('Clips 5').waitFor();
    await page.setViewportSize({ width: 800, height: 400 });
    await page.mouse.wheel(0, 5000);
    await page.waitForFunction('scrollY > 200');
    for (const words of ['For research use only. Not a medical device.', 'Phantom model: not for patients']) {
      const box = await page.getByText(words, { exact: true }).first().boundingBox();
      expect(box!.y).toBeGreaterThanOrEqual(0);
      expect(box!.y + box!.height).toBeLessThan(400);
    }
  },
);

testWith(['chromium'], 'a patient is who the archive says, and a name is text, not markup', async () => {
  await opened(studies.notAnalysable);
  const heading = page.getByRole('heading', { level: 1 });
  await heading.filter({ hasText: "O'Brien, <b>Máire</b>" }).waitFor();
  expect(await heading.locator('b').count()).toBe(0);
  await seen('SECRET-1');
});

testWith(['chromium'], 'a study in which nothing could be assessed says so calmly, with the reason', async () => {
  await opened(studies.notAnalysable);
  await seen('Nothing was assessed in this study.');
  await seen(/Not assessed, because: no B-mode cine that can be analysed/);
  await page.getByText('Questions that were not answered (6)').click();
  await seen('Pacemaker lead');
  expect(await page.getByRole('alert').count()).toBe(0);
});

testWith(
  ['chromium'],
  'each clip shows its view or the reason against it; the clip that was used is marked',
  async () => {
    await opened(studies.assessed);
    const clips = section('Clips 5').getByRole('listitem');
    await clips.first().waitFor();
    expect(await clips.locator('.view').allTextContents()).toEqual([
      'Apical four-chamber',
      'Parasternal long axis',
      'Unsure, nearest: Apical two-chamber',
      'Colour Doppler',
      'Not looked at yet',
    ]);
    expect(await clips.filter({ hasText: 'used for the findings' }).count()).toBe(1);
    await page.getByRole('button', { name: /Parasternal long axis/ }).click();
    await page.getByRole('img', { name: 'Source clip. Parasternal long axis' }).waitFor();
  },
);

testWith(['chromium'], 'an overlay plays, stops at a key, and goes to the frame one chooses', async () => {
  await opened(studies.assessed);
  const stage = section('PromptCAM overlay');
  await stage.getByRole('img', { name: /PromptCAM overlay: Pericardial effusion/ }).waitFor();
  expect(await stage.textContent()).toContain('Where “LARGE PERICARDIAL EFFUSION.” is seen');
  const slider = stage.getByRole('slider', { name: 'Frame' });
  await page.waitForFunction(() => document.querySelectorAll('.controls output')[0]?.textContent === '20/24');
  await page.waitForFunction(() => document.querySelectorAll('.controls output')[0]?.textContent === '3/24'); // it went round
  await stage.getByRole('button', { name: 'Pause' }).press('Space');
  await stage.getByRole('button', { name: 'Play' }).waitFor();
  await slider.press('Home');
  expect(await stage.locator('output').textContent()).toBe('1/24');
  await slider.press('ArrowRight');
  expect(await stage.locator('output').textContent()).toBe('2/24');
  const colours = await stage
    .locator('canvas')
    .last()
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, at) => at % 4 === 0 && value > data[at + 2]! + 100).length;
    });
  expect(colours).toBeGreaterThan(200); // the warm part of the overlay was drawn
});

testWith(['chromium'], 'a document can be downloaded, and says where it arrived and where not', async () => {
  await opened(studies.assessed);
  const report = section('Documents').getByRole('listitem').filter({ hasText: 'Echo AI report' });
  await report.waitFor();
  const text = await report.textContent();
  expect(text).toContain('Hospital PACS: delivered, storage committed');
  expect(text).toMatch(/Research archive: on its way, tried 3 times, The destination does not answer\./);
  const download = page.waitForEvent('download');
  await report.getByRole('link', { name: /Download/ }).click();
  expect((await download).suggestedFilename()).toBe(`${studies.assessed}.9.1.dcm`);
});

testWith(['chromium'], 'a study that arrives, and how far it is, appear without a reload', async () => {
  const { service, arrive } = await startEmpty();
  await page.goto(service.url);
  await seen('No study has arrived yet');
  const { study } = arrive(2);
  service.publish({ kind: 'clip-read', study, sopInstance: '1.2', outcome: 'A4C' });
  await seen('Looking at the clips: 1 of 2');
  service.publish({ kind: 'instance-refused', code: 'OBJECT_UNREADABLE', detail: 'Cut off.', by: 'c-store' });
  await seen(/An object was refused\. The object is not a readable DICOM data set\./);
  expect(complaints).toEqual([]);
  await service.close();
});

testWith(['chromium'], 'a study that was set aside says what to do', async () => {
  await opened(studies.setAside);
  await seen(faults.MODEL_UNFIT.sentence);
  await seen(`npx apical replay ${studies.setAside}`);
});

testWith(['chromium'], 'arrow keys go through the list and Enter opens a study', async () => {
  await page.goto(full.url);
  const links = page.getByRole('navigation', { name: 'Studies' }).getByRole('link');
  await links.first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/#/study/${studies.notAnalysable}`);
  await links.nth(1).and(page.locator('[aria-current="true"]')).waitFor();
});

testWith(
  ['chromium'],
  'on a telephone nothing is cut off, and one goes from the list to a study and back',
  async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(full.url);
    await page.getByRole('link', { name: /Lindqvist/ }).click();
    await section('Findings').waitFor();
    const overflow = () => page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.getByRole('link', { name: '← Worklist' }).click();
    await page.getByRole('link', { name: /Moreau/ }).waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
  },
);

testWith(['chromium'], 'the page asks nobody but its own service', async () => {
  await opened(studies.assessed);
  await seen(/Lindqvist/);
  await section('Documents').waitFor();
  const others = requests.filter(({ origin, protocol }) => origin !== full.url && protocol !== 'blob:');
  expect(others).toEqual([]);
  expect(requests.some(({ pathname }) => pathname === '/page/preact.js')).toBe(true);
  expect(complaints).toEqual([]);
});
