import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Browser, chromium, type ConsoleMessage, type Page } from 'playwright-core';
import sharp from 'sharp';
import { bufferSource } from '#dicom/byte-source';
import { readPart10 } from '#dicom/part10';
import { toDicomJson } from '#dicom/values';
import { part10File } from '#dicom/write/part10-file';
import { sendInstances } from '#dimse/storage-scu';
import type { DicomJson } from '#domain/instance';
import { deriveUid } from '#domain/uid';
import { readReport, type ReportReading } from '#templates/read-report';
import { startAgentProcess, until, type AgentProcess } from '#test/support/agent-process';
import { demoStudyFiles } from '#test/support/demo-study';
import { startOrthanc } from '#test/support/orthanc';
import { hasProgram, isRequired } from '#test/support/peers';
import { provideOhif } from './ohif.ts';
import { serveViewer, type ViewerServer } from './viewer-server.ts';

// What a reader sees: OHIF in Chromium opens a study with our results, from a hospital's archive and from our own.
// Pictures of every step stay in `node_modules/.cache/apical/viewer/<test>`.

const pictures = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'apical', 'viewer');
const executablePath = '/usr/bin/chromium';
const browserArguments = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
// The screen of a desktop: on a narrow one a label at the right of its region may reach beyond the picture.
const screen = { width: 1920, height: 1080 } as const;
const control = 'Control without a region';
const answeredWithin = 60_000;

const needs = ['Orthanc', 'chromium'].filter((name) => !hasProgram(name));
const ohif =
  needs.length === 0 ? await provideOhif() : ({ kind: 'missing', because: `no ${needs.join(', ')} here` } as const);

/** `test` where viewer, archive and browser can be had; in continuous integration they must. */
function viewerTest(name: string, body: () => Promise<void>): void {
  if (ohif.kind === 'here') test(name, body, 240_000);
  else if (isRequired) test(name, () => Promise.reject(new Error(`needed, but ${ohif.because}`)));
  else test.skip(`${name} [skipped: ${ohif.because}]`, body);
}

type Orthanc = Awaited<ReturnType<typeof startOrthanc>>;
let orthanc: Orthanc;
let agent: AgentProcess;
let browser: Browser;
let study: string;
let report: ReportReading;
let inWords: ReportReading;
let overlay: { readonly title: string; readonly frames: number };
const viewers: ViewerServer[] = [];

beforeAll(async () => {
  if (ohif.kind !== 'here') return;
  orthanc = await startOrthanc();
  const ownArchive = () => ({ dicomWebUrl: new URL('/dicom-web', agent.page).href, isProxied: false });
  viewers.push(
    await serveViewer(ohif.page, () => ({ dicomWebUrl: orthanc.dicomWebUrl, isProxied: true })),
    await serveViewer(ohif.page, ownArchive),
  );
  agent = await startAgentProcess({
    http: { port: 0, allowedOrigins: [viewers[1]!.url] },
    models: { viewScoreMin: 0.2 }, // what stands on the screen is judged here, not the classifier
    destinations: [{ kind: 'stow-rs', name: 'orthanc', url: orthanc.dicomWebUrl }],
    assessment: { deliverPhantomResults: true },
  });
  study = await sendStudy();
  await until(isDelivered, { seconds: 240, what: 'the results in Orthanc' });
  const read = await resultsInOrthanc();
  ({ report, inWords, overlay } = read);
  await orthanc.put(withoutRegions(read.file));
  browser = await chromium.launch({ executablePath, args: browserArguments });
}, 480_000);
afterAll(async () => {
  await browser?.close();
  await agent?.kill('SIGTERM');
  for (const { stop } of viewers) await stop();
  await orthanc?.stop();
});

viewerTest('the results in Orthanc are seen: the value on its frame, the overlay as a cine, the report in words', () =>
  look(viewers[0]!, 'orthanc'),
);

viewerTest('read from our own archive by another origin they are seen alike', () => look(viewers[1]!, 'own-archive'));

viewerTest('a report without a region, valid as it is, does not pass as seen', async () => {
  const { page } = await openStudy(viewers[0]!);
  await open(page, control);
  await expect(expectValueOnFrame(page, { name: 'control', seconds: 8 })).rejects.toThrow(/waited 8 s for the label/);
  expect(await labels(page)).toEqual([]);
  await page.close();
});

async function look(viewer: ViewerServer, name: string): Promise<void> {
  const { page, complaints } = await openStudy(viewer);

  await open(page, 'AI Measurement Report');
  await expectValueOnFrame(page, { name, seconds: 60 });

  await open(page, overlay.title);
  await until(async () => ((await framesShown(page)) === overlay.frames ? true : undefined), { what: 'the overlay' });
  const still = await keepPicture(page, name, '2-overlay');
  expect(await shareOfColour(still)).toBeGreaterThan(0.01);
  await page.locator('[data-cy=cine-player-play-pause]').click();
  const seen = new Set<number>();
  await until(
    async () => {
      seen.add((await frameShown(page)) ?? 0);
      return seen.size >= Math.min(8, overlay.frames) ? true : undefined;
    },
    { seconds: 30, what: 'eight frames of the overlay' },
  );
  const moved = await keepPicture(page, name, '3-overlay-later');
  expect(moved.equals(still)).toBe(false);

  await open(page, 'AI Report in Words');
  const heading = page.locator('[data-cy=viewport-grid]').getByText('Diagnostic Imaging Report');
  await heading.waitFor({ timeout: answeredWithin });
  await keepPicture(page, name, '4-report-in-words');
  const written = oneLine(await page.locator('[data-cy=viewport-grid]').innerText());
  for (const { text } of inWords.paragraphs) expect(written).toContain(oneLine(text));

  expect(complaints).toEqual([]);
  await page.close();
}

/** The first measurement of the report stands whole on the very frame that its region is drawn on. */
async function expectValueOnFrame(page: Page, { name, seconds }: { name: string; seconds: number }): Promise<void> {
  const [first] = report.groups;
  const [measured] = first!.measurements;
  const label = `${measured!.name!.meaning}: ${measured!.value.toFixed(2)} ${measured!.unit!.value}`;
  const isThere = async () => ((await labels(page)).some(({ text }) => text === label) ? true : undefined);
  try {
    await until(isThere, { seconds, what: `the label ${label}` });
  } finally {
    await keepPicture(page, name, '1-value');
  }
  expect((await labels(page)).find(({ text }) => text === label)).toEqual({ text: label, isInside: true });
  expect(label).toMatch(/Ejection fraction/i);
  expect(await frameShown(page)).toBe(first!.region!.image!.frames[0]);
}

/**
 * Every error counts but one of OHIF 3.13.2's own: a series that is left while its frames still come ends in a handler
 * that is none. Frames that the archive does not give are told by their response.
 */
function isComplaint(message: ConsoleMessage): boolean {
  return message.type() === 'error' && !/IMAGE_LOAD_ERROR TypeError: handler is not a function/.test(message.text());
}

async function openStudy({ url }: ViewerServer): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: screen, locale: 'en-GB', timezoneId: 'UTC' });
  page.setDefaultTimeout(answeredWithin);
  const complaints: string[] = [];
  page.on('console', (message) => void (isComplaint(message) && complaints.push(message.text())));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${url}/viewer?StudyInstanceUIDs=${study}`, { waitUntil: 'domcontentloaded' });
  await page.getByText('Skip all').click(); // a tour for newcomers
  return { page, complaints };
}

/** Opens a series by its description, as a reader does. */
async function open(page: Page, description: string): Promise<void> {
  await page.getByText(description, { exact: true }).first().dblclick();
}

/** The texts that stand on the picture, and whether the reader sees them whole. */
function labels(page: Page): Promise<readonly { text: string; isInside: boolean }[]> {
  return page.evaluate(() => {
    const pane = document.querySelector('[data-cy=viewport-pane]')!.getBoundingClientRect();
    return [...document.querySelectorAll('[data-cy=viewport-pane] svg.svg-layer tspan')].map((line) => {
      const box = line.getBoundingClientRect();
      const isInside =
        box.left >= pane.left && box.right <= pane.right && box.top >= pane.top && box.bottom <= pane.bottom;
      return { text: line.textContent, isInside: isInside && box.width > 0 };
    });
  });
}

const framesPattern = /\((\d+)\/(\d+)\)/;
const corner = (page: Page) => page.locator('[data-cy=viewport-overlay-bottom-right]').first().innerText();
const frameShown = async (page: Page) => Number(framesPattern.exec(await corner(page))?.[1] ?? NaN);
const framesShown = async (page: Page) => Number(framesPattern.exec(await corner(page))?.[2] ?? NaN);
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

async function keepPicture(page: Page, name: string, step: string): Promise<Buffer> {
  mkdirSync(join(pictures, name), { recursive: true });
  const picture = await page.locator('[data-cy=viewport-grid]').screenshot();
  writeFileSync(join(pictures, name, `${step}.png`), picture);
  return picture;
}

/** How much of a picture is clearly coloured. */
async function shareOfColour(picture: Buffer): Promise<number> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let coloured = 0;
  for (let at = 0; at < data.length; at += 3) {
    const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 60 && red > blue) coloured += 1;
  }
  return coloured / (info.width * info.height);
}

/** A phantom's study, sent to the hospital's archive and to the agent. Returns its UID. */
async function sendStudy(): Promise<string> {
  const files = await demoStudyFiles(3);
  for (const { path } of files) await orthanc.put(readFileSync(path));
  const { signal } = new AbortController();
  await sendInstances({ files, to: agent.dimse, callingAeTitle: 'PHANTOM', timeoutMs: 60_000, signal });
  return files[0]!.study;
}

async function isDelivered(): Promise<true | undefined> {
  const answer = await fetch(new URL(`/api/studies/${study}`, agent.page));
  if (!answer.ok) return undefined;
  const { documents } = (await answer.json()) as { documents: { deliveries: { state: string }[] }[] };
  const states = documents.flatMap(({ deliveries }) => deliveries.map(({ state }) => state));
  return states.length > 0 && states.every((state) => state === 'delivered') ? true : undefined;
}

async function resultsInOrthanc() {
  const found = (await (await ask('/tools/find', { method: 'POST', body: wanted })).json()) as string[];
  const tags = new Map<string, Readonly<Record<string, string>>>();
  for (const id of found) tags.set(id, (await (await ask(`/instances/${id}/simplified-tags`)).json()) as {});
  const described = (text: string) =>
    [...tags].find(([, { SeriesDescription: title = '' }]) => title.startsWith(text))!;
  const fileOf = async ([id]: readonly [string, unknown]) =>
    Buffer.from(await (await ask(`/instances/${id}/file`)).arrayBuffer());
  const [, drawn] = described('AI PromptCAM');
  const file = await fileOf(described('AI Measurement'));
  return {
    file,
    report: readReport(jsonOf(file)),
    inWords: readReport(jsonOf(await fileOf(described('AI Report')))),
    overlay: { title: drawn['SeriesDescription']!, frames: Number(drawn['NumberOfFrames']) },
  };
}

const jsonOf = (file: Buffer): DicomJson => toDicomJson(readPart10(bufferSource(file)));

/** On a connection of its own: Orthanc closes those it has kept. */
function ask(path: string, request: RequestInit = {}): Promise<Response> {
  return fetch(`${orthanc.url}${path}`, { ...request, headers: { Connection: 'close' } });
}

const wanted = JSON.stringify({ Level: 'Instance', Query: { SeriesDescription: 'AI *' } });

/** The same report, valid too, without its regions: what most algorithms send. */
function withoutRegions(file: Buffer): Buffer {
  const json = jsonOf(file);
  const sopInstance = deriveUid('control', String(json['00080018']?.Value?.[0]));
  const attributes: DicomJson = {
    ...withoutScoord(json),
    '0020000E': { vr: 'UI', Value: [deriveUid('series', sopInstance)] },
    '0008103E': { vr: 'LO', Value: [control] },
  };
  return part10File({ sopClass: String(json['00080016']?.Value?.[0]), sopInstance, attributes });
}

function withoutScoord(item: DicomJson): DicomJson {
  const content = item['0040A730'];
  if (!content?.Value) return item;
  const kept = (content.Value as DicomJson[]).filter((child) => child['0040A040']?.Value?.[0] !== 'SCOORD');
  return { ...item, '0040A730': { vr: 'SQ', Value: kept.map(withoutScoord) } };
}
