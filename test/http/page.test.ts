import { expect } from '@jest/globals';
import { faults } from '#domain/errors';
import { testWith } from '#test/support/peers';
import { browse } from './browse.ts';
import { studies } from './sample.ts';

// A study as a reader's browser shows it: Chromium, with nothing but our own service to talk to.

const at = browse();
const { opened, seen, section } = at;

testWith(['chromium'], 'a study shows each answer with its unit and interval, and why one is missing', async () => {
  await at.page.goto(at.full.url); // the newest study is shown without a click
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
  const all = (await at.page.locator('body').innerText()).replaceAll(/not a probability/g, '');
  expect(all).not.toMatch(/probab|confiden|likel/i);
  expect(at.complaints).toEqual([]);
});

testWith(
  ['chromium'],
  'what it is not, and what a phantom model is not for, stay in sight however far one scrolls',
  async () => {
    await opened(studies.assessed);
    await section('Clips 5').waitFor();
    await at.page.setViewportSize({ width: 800, height: 400 });
    await at.page.mouse.wheel(0, 5000);
    await at.page.waitForFunction('scrollY > 200');
    for (const words of ['For research use only. Not a medical device.', 'Phantom model: not for patients']) {
      const box = await at.page.getByText(words, { exact: true }).first().boundingBox();
      expect(box!.y).toBeGreaterThanOrEqual(0);
      expect(box!.y + box!.height).toBeLessThan(400);
    }
  },
);

testWith(['chromium'], 'a patient is who the archive says, and a name is text, not markup', async () => {
  await opened(studies.notAnalysable);
  const heading = at.page.getByRole('heading', { level: 1 });
  await heading.filter({ hasText: "O'Brien, <b>Máire</b>" }).waitFor();
  expect(await heading.locator('b').count()).toBe(0);
  await seen('SECRET-1');
});

testWith(['chromium'], 'a study in which nothing could be assessed says so calmly, with the reason', async () => {
  await opened(studies.notAnalysable);
  await seen('Nothing was assessed in this study.');
  await seen(/Not assessed, because: no B-mode cine that can be analysed/);
  await at.page.getByText('Questions that were not answered (6)').click();
  await seen('Pacemaker lead');
  expect(await at.page.getByRole('alert').count()).toBe(0);
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
    await at.page.getByRole('button', { name: /Parasternal long axis/ }).click();
    await at.page.getByRole('img', { name: 'Source clip. Parasternal long axis' }).waitFor();
  },
);

testWith(['chromium'], 'an overlay plays, stops at a key, and goes to the frame one chooses', async () => {
  await opened(studies.assessed);
  const stage = section('PromptCAM overlay');
  await stage.getByRole('img', { name: /PromptCAM overlay: Pericardial effusion/ }).waitFor();
  expect(await stage.textContent()).toContain('Where “LARGE PERICARDIAL EFFUSION.” is seen');
  const slider = stage.getByRole('slider', { name: 'Frame' });
  await at.page.waitForFunction(() => document.querySelectorAll('.controls output')[0]?.textContent === '20/24');
  await at.page.waitForFunction(() => document.querySelectorAll('.controls output')[0]?.textContent === '3/24'); // it went round
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
  const download = at.page.waitForEvent('download');
  await report.getByRole('link', { name: /Download/ }).click();
  expect((await download).suggestedFilename()).toBe(`${studies.assessed}.9.1.dcm`);
});

testWith(['chromium'], 'a study that was set aside says what to do', async () => {
  await opened(studies.setAside);
  await seen(faults.MODEL_UNFIT.sentence);
  await seen(`npx apical replay ${studies.setAside}`);
});

testWith(['chromium'], 'arrow keys go through the list and Enter opens a study', async () => {
  await at.page.goto(at.full.url);
  const links = at.page.getByRole('navigation', { name: 'Studies' }).getByRole('link');
  await links.first().focus();
  await at.page.keyboard.press('ArrowDown');
  await at.page.keyboard.press('ArrowDown');
  await at.page.keyboard.press('ArrowUp');
  await at.page.keyboard.press('Enter');
  await at.page.waitForURL(`**/#/study/${studies.notAnalysable}`);
  await links.nth(1).and(at.page.locator('[aria-current="true"]')).waitFor();
});

testWith(
  ['chromium'],
  'on a telephone nothing is cut off, and one goes from the list to a study and back',
  async () => {
    await at.page.setViewportSize({ width: 360, height: 740 });
    await at.page.goto(at.full.url);
    await at.page.getByRole('link', { name: /Lindqvist/ }).click();
    await section('Findings').waitFor();
    const overflow = () => at.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(await overflow()).toBeLessThanOrEqual(0);
    await at.page.getByRole('link', { name: '← Worklist' }).click();
    await at.page.getByRole('link', { name: /Moreau/ }).waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
  },
);

testWith(['chromium'], 'the at.page asks nobody but its own service', async () => {
  await opened(studies.assessed);
  await seen(/Lindqvist/);
  await section('Documents').waitFor();
  const others = at.requests.filter(({ origin, protocol }) => origin !== at.full.url && protocol !== 'blob:');
  expect(others).toEqual([]);
  expect(at.requests.some(({ pathname }) => pathname === '/page/preact.js')).toBe(true);
  expect(at.complaints).toEqual([]);
});
