import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { StudyPage } from '#http/api/study';
import { startAgentProcess, until, type AgentProcess } from '#test/support/agent-process';
import { hasProgram, testWith } from '#test/support/peers';
import { judged } from './axe.ts';
import { arrive, heartWith } from './day.ts';

// A reader's browser through a day of phantoms, over a whole agent. Pictures of it stay in
// `node_modules/.cache/apical/page`.

const pictures = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'apical', 'page');
const executablePath = '/usr/bin/chromium';
const tablet = { width: 1024, height: 768 } as const;
const message = 'Ejection fraction below 35 %';
const languages = ['en', 'de', 'fr', 'es', 'ja'] as const;

let agent: AgentProcess;
let browser: Browser;
let page: Page;
const complaints: string[] = [];
const ids = { calm: '', still: '', urgent: '' };

beforeAll(async () => {
  if (!hasProgram('chromium')) return;
  await mkdir(pictures, { recursive: true });
  const rules = [
    { name: 'ef', priority: 'HIGH', message, finding: 'left-ventricular-ejection-fraction', valueMax: 35 },
  ];
  const viewerUrl = 'https://viewer.example/?StudyInstanceUIDs={StudyInstanceUID}';
  agent = await startAgentProcess({ triage: { rules }, http: { port: 0, viewerUrl }, assessment: { overlaysMax: 1 } });
  const calm = heartWith(({ ejectionFraction }) => ejectionFraction > 60);
  ids.calm = await arrive({ name: 'CALM', heart: calm, recordings: [{ view: 'A4C', kind: 'b-mode' }] }, agent);
  ids.still = await arrive({ name: 'STILL', heart: calm, recordings: [{ view: 'A4C', kind: 'still' }] }, agent);
  await until(() => assessed(ids.still), { what: 'the quiet studies' });
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', timezoneId: 'UTC' });
  page.setDefaultTimeout(20_000);
  page.on('console', ({ type, text }) => void (['error', 'warning'].includes(type()) && complaints.push(text())));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(agent.page);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await agent?.kill('SIGTERM');
  if (agent) rmSync(agent.dataFolder, { recursive: true, force: true });
});
beforeEach(() => void complaints.splice(0));

const entries = () =>
  page
    .getByRole('navigation', { name: 'Studies' })
    .getByRole('listitem')
    .filter({ has: page.locator('strong') });
const list = async () => ((await (await fetch(new URL('/api/studies', agent.page))).json()) as StudyPage).studies;
const assessed = async (uid: string) =>
  (await list()).find(({ study, state }) => study === uid && state === 'assessed');
const picture = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`) });
const section = (name: string) => page.getByRole('region', { name, exact: true });
const open = (study: string) => page.goto(`${agent.page}#/study/${study}`);

testWith(
  ['chromium'],
  'a study that arrives is shown within two seconds, and stands on top as soon as it is known to be urgent',
  async () => {
    await entries().filter({ hasText: 'CALM' }).waitFor();
    const heart = heartWith(({ ejectionFraction }) => ejectionFraction < 20);
    const recordings = [
      { view: 'A4C', kind: 'b-mode' },
      { view: 'A4C', kind: 'colour-doppler' },
    ] as const;
    ids.urgent = await arrive({ name: 'URGENT', heart, recordings }, agent);
    await entries().filter({ hasText: 'URGENT' }).waitFor({ timeout: 2000 });
    const known = async () =>
      (await list()).find(({ study, triage }) => study === ids.urgent && triage?.priority === 'HIGH');
    await until(known, { what: 'the early word' });
    await entries().first().filter({ hasText: message }).waitFor({ timeout: 2000 });
    expect(await entries().first().textContent()).toContain('URGENT');
    await until(() => assessed(ids.urgent), { what: 'the whole study' });
    await entries().first().filter({ hasText: 'Assessed' }).waitFor({ timeout: 2000 });
    expect(complaints).toEqual([]);
  },
  90_000,
);

testWith(['chromium'], 'clip and overlay play side by side, moved by one playhead', async () => {
  await open(ids.urgent);
  const screens = page.locator('.screen canvas');
  await page.waitForFunction(() => document.querySelectorAll('.screen canvas').length === 2);
  const numbers = () => screens.evaluateAll((all) => all.map((one) => Number((one as HTMLElement).dataset['frame'])));
  const slider = page.getByRole('slider', { name: 'Frame' });
  await page.waitForFunction(() => document.querySelector('.controls output')?.textContent === '12/12');
  await page.getByRole('button', { name: 'Pause' }).click();
  await slider.press('Home');
  expect(await numbers()).toEqual([1, 1]);
  await page.getByRole('heading', { level: 1 }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelector('.controls output')?.textContent === '3/12');
  expect(await numbers()).toEqual([5, 3]); // every second frame of the clip was looked at
  await picture('study');
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('0.25');
  expect(complaints).toEqual([]);
});

testWith(
  ['chromium'],
  'a sentence is answered with a similarity and its overlay, and an overlay is drawn on request',
  async () => {
    await open(ids.urgent);
    const asking = section('Ask in your own words');
    await asking.getByRole('textbox').fill('The left ventricle is severely dilated.');
    await asking.getByRole('textbox').press('Enter');
    await asking.getByText(/^similarity −?0\.\d{3}$/).waitFor();
    await page.getByRole('img', { name: /Where “The left ventricle is severely dilated\.” is seen/ }).waitFor();
    expect(await asking.textContent()).toMatch(/A similarity, not a probability/);
    expect(await asking.textContent()).toContain('Phantom model: not for patients');
    const chosen = page.locator('.stage').getByRole('combobox', { name: 'Prompt' });
    expect(await chosen.evaluate((one: HTMLSelectElement) => one.selectedOptions[0]?.text)).toMatch(/severely dilated/);
    await picture('asked');
    const stage = page.locator('.stage');
    await stage.getByRole('combobox', { name: 'Prompt' }).selectOption('pericardial-effusion');
    await page.getByRole('img', { name: /PromptCAM overlay.*is seen/ }).waitFor();
    await stage.getByText('Drawn on request, kept nowhere').waitFor();
    expect(complaints).toEqual([]);
  },
  60_000,
);

testWith(['chromium'], 'a decision is signed, kept beside the report, and takes the study off the top', async () => {
  await open(ids.urgent);
  const deciding = section('Your decision');
  await deciding.getByText('Amend', { exact: true }).click();
  const keep = deciding.getByRole('button', { name: 'Sign and keep' });
  expect(await keep.isDisabled()).toBe(true);
  await deciding
    .getByRole('textbox', { name: /Left ventricular ejection fraction agent/ })
    .first()
    .fill('22 %');
  await deciding.getByRole('textbox', { name: 'Comment' }).fill('Measured again by hand.');
  await keep.click();
  await deciding.getByText('Signature holds').waitFor();
  expect(await deciding.textContent()).toMatch(/22 %.*agent/);
  await section('Documents').getByText('Reader Decision on AI Report').waitFor();
  await entries().last().filter({ hasText: 'URGENT' }).waitFor({ timeout: 2000 });
  expect(await page.getByRole('link', { name: 'Open in the viewer' }).getAttribute('href')).toBe(
    `https://viewer.example/?StudyInstanceUIDs=${ids.urgent}`,
  );
  await picture('decided');
  expect(complaints).toEqual([]);
});

testWith(['chromium'], 'one goes through the list by keys, searches, narrows, and finds help', async () => {
  await page.goto(`${agent.page}#/`);
  await entries().first().waitFor();
  const [first, second] = (await list()).map(({ study }) => study);
  await open(first!);
  await section('Findings').waitFor();
  await page.keyboard.press('j');
  await page.waitForURL(`**/#/study/${second}`);
  await page.keyboard.press('k');
  await page.waitForURL(`**/#/study/${first}`);
  await page.keyboard.press('/');
  await page.keyboard.type('stil');
  await page.waitForFunction(() => document.querySelectorAll('.entry').length === 1);
  await page.getByRole('searchbox').fill('');
  await page.getByRole('combobox', { name: 'State' }).selectOption('decided');
  await page.waitForFunction(
    () =>
      /URGENT/.test(document.querySelector('.entry')?.textContent ?? '') &&
      document.querySelectorAll('.entry').length === 1,
  );
  await page.getByRole('combobox', { name: 'State' }).selectOption('');
  await page.getByRole('heading', { level: 1 }).focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  expect(complaints).toEqual([]);
});

testWith(['chromium'], 'that nothing could be analysed is a state, not a failure', async () => {
  await open(ids.still);
  await section('Findings').getByText('Nothing was assessed in this study.').waitFor();
  expect(await page.locator('article .title .chip').textContent()).toBe('Not analysable');
  expect(await page.getByRole('alert').count()).toBe(0);
  await picture('not-analysable');
});

testWith(
  ['chromium'],
  'in every language, light and dark, on a tablet: nothing is missing, nothing overflows, and axe finds nothing serious',
  async () => {
    await page.setViewportSize(tablet);
    const findings: string[] = [];
    for (const language of languages)
      for (const [name, address, ready] of [
        ['study', `#/study/${ids.urgent}`, '.findings'],
        ['system', '#/system', '.cards'],
        ['connect', '#/connect', '.ways'],
      ] as const) {
        await page.goto(`${agent.page}${address}`);
        await page.locator(ready).first().waitFor();
        await page.locator('.bar select').first().selectOption(language);
        await page.waitForFunction((code) => document.documentElement.lang === code, language);
        const text = await page.locator('body').innerText();
        if (/undefined|\[object|NaN/.test(text)) findings.push(`${name} ${language}: a text is missing`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over > 0) findings.push(`${name} ${language}: ${over} pixels too wide`);
        findings.push(...(await inBothThemes(name, language)));
      }
    expect(findings).toEqual([]);
    expect(complaints).toEqual([]);
  },
  240_000,
);

/** What is wrong with what is shown, in light and dark; pictures are kept. */
async function inBothThemes(name: string, language: string): Promise<readonly string[]> {
  const findings: string[] = [];
  for (const theme of ['light', 'dark']) {
    await page.locator('.bar select').nth(1).selectOption(theme);
    await page.waitForFunction((one) => document.documentElement.dataset['theme'] === one, theme);
    if (language === 'en' || theme === 'light') await picture(`${name}-${language}-${theme}`);
    findings.push(...(await judged(page, `${name} ${language} ${theme}`, { contrast: language === 'en' })));
  }
  return findings;
}
