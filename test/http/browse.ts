import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { hasProgram } from '#test/support/peers';
import { createSample, type Sample } from './sample.ts';
import { type Started, startService } from './start.ts';

const executablePath = '/usr/bin/chromium';

/** What a test sees of the page, as it is during that test. */
export interface Browsing {
  readonly sample: Sample;
  /** A service over the sample. */
  readonly full: Started;
  readonly page: Page;
  /** What the browser said on its console. */
  readonly complaints: string[];
  readonly requests: URL[];
  opened(study: string): Promise<unknown>;
  seen(text: string | RegExp): Promise<void>;
  section(name: string): Locator;
}

/** Starts a service and a browser for a file of tests, and a page for each test. */
export function browse(): Browsing {
  const now: {
    sample?: Sample;
    full?: Started;
    browser?: Browser;
    page?: Page;
    complaints: string[];
    requests: URL[];
  } = { complaints: [], requests: [] };
  beforeAll(async () => {
    now.sample = await createSample();
    now.full = await startService(now.sample);
    if (hasProgram('chromium')) now.browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await now.browser?.close();
    await now.full?.close();
    await now.sample?.archive.remove();
  });
  beforeEach(async () => {
    if (!now.browser) return;
    const [complaints, requests]: [string[], URL[]] = [[], []];
    const viewport = { width: 1400, height: 900 };
    const page = await now.browser.newPage({ viewport, locale: 'en-GB', timezoneId: 'UTC' });
    page.setDefaultTimeout(30_000);
    page.on('console', (message) => void (isComplaint(message.type()) && complaints.push(message.text())));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requests.push(new URL(request.url())));
    Object.assign(now, { page, complaints, requests });
  });
  afterEach(() => now.page?.close());
  return {
    get sample() {
      return now.sample!;
    },
    get full() {
      return now.full!;
    },
    get page() {
      return now.page!;
    },
    get complaints() {
      return now.complaints;
    },
    get requests() {
      return now.requests;
    },
    opened: (study) => now.page!.goto(`${now.full!.url}/#/study/${study}`),
    seen: (text) => now.page!.getByText(text).first().waitFor(),
    section: (name) => now.page!.getByRole('region', { name }),
  };
}

const isComplaint = (type: string) => type === 'error' || type === 'warning';
