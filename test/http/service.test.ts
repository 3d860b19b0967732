import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { request } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { AgentError } from '#domain/errors';
import type { StudyDetail, StudyPage } from '#http/api/study';
import { createSample, patients, type Sample, studies } from './sample.ts';
import { ledgerOver, serviceSettings, type Started, startService } from './start.ts';

let sample: Sample;
let service: Started;
let parts = [{ name: 'storage', ok: true }];

beforeAll(async () => {
  sample = await createSample();
  const demonstrate = async () => ({ study: studies.assessed });
  service = await startService(sample, { readiness: async () => parts, demonstrate });
});
afterAll(async () => {
  await service.close();
  await sample.archive.remove();
});

const get = (path: string, init?: RequestInit) => fetch(`${service.url}${path}`, init);
const json = async <T>(path: string) => (await get(path)).json() as Promise<T>;

/** A request as only a program can make it: with any Host header. */
async function ask(headers: Record<string, string>, { method = 'GET', path = '/health' } = {}): Promise<number> {
  const sent = request(`${service.url}${path}`, { method, headers }).end();
  const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

describe('the doors', () => {
  test.each([
    ['localhost', 200],
    ['LOCALHOST:8080', 200],
    ['127.0.0.1:1', 200],
    ['[::1]:8080', 200],
    ['192.168.1.20', 200],
    ['apical.hospital.example', 200],
    ['Apical.hospital.example:8080', 200],
    ['evil.example', 421],
    ['localhost.evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost@evil.example', 421],
  ])('a request for the host "%s" is answered %d', async (host, status) => {
    expect(await ask({ Host: host })).toBe(status);
  });

  test.each([
    [{ Origin: 'http://localhost:8080', Host: 'localhost:8080' }, 202],
    [{ 'Sec-Fetch-Site': 'same-origin' }, 202],
    [{}, 202],
    [{ Origin: 'http://localhost:9999', Host: 'localhost:8080' }, 403],
    [{ Origin: 'https://evil.example' }, 403],
    [{ Origin: 'https://viewer.example' }, 403],
    [{ Origin: 'null' }, 403],
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
  ])('a demonstration asked for with %j is answered %d', async (headers, status) => {
    expect(await ask(headers as Record<string, string>, { method: 'POST', path: '/api/demonstration' })).toBe(status);
  });

  test('a named viewer may store over DICOMweb, another page may not', async () => {
    const store = { method: 'POST', path: '/dicom-web/studies' };
    expect(await ask({ Origin: 'https://viewer.example' }, store)).toBe(415);
    expect(await ask({ Origin: 'https://evil.example' }, store)).toBe(403);
  });

  test('a request that announces more than may be sent is refused before it is read', async () => {
    expect(await ask({ 'Content-Length': '1000001' }, { method: 'POST', path: '/dicom-web/studies' })).toBe(413);
  });

  test('a body without end is cut off, and what had come of it is thrown away', async () => {
    const discarded = sample.archive.count.discarded;
    const headers = { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=b' };
    const sent = request(`${service.url}/dicom-web/studies`, { method: 'POST', headers });
    sent.write('--b\r\nContent-Type: application/dicom\r\n\r\n');
    let left = 128; // eight times the limit: a service that takes it all would answer
    const feed = () => {
      if (sent.destroyed) return;
      left -= 1;
      if (left > 0) sent.write(Buffer.alloc(65_536), feed);
      else sent.end();
    };
    feed();
    const answered = once(sent, 'response').then(() => 'answered');
    expect(await answered.catch((error: { code?: string }) => error.code)).toMatch(/^(ECONNRESET|EPIPE)$/);
    while (sample.archive.count.discarded === discarded) await turn();
    expect((await get('/health')).status).toBe(200);
  });

  test.each(['/', '/page/app.ts', '/api/studies', '/metrics', '/nothing', '/dicom-web/studies'])(
    '%s comes with headers that shut the browser up',
    async (path) => {
      const { headers } = await get(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    },
  );

  test('the page holds no script of its own in its text', async () => {
    const page = await (await get('/')).text();
    expect(page.match(/<script\b[^>]*>/g)).toEqual(['<script type="module" src="/page/app.ts">']);
    expect(page).not.toMatch(/<style|\son\w+=|style=/);
  });
});

describe('faults', () => {
  test.each([
    ['/nothing', 404, 'NOT_FOUND'],
    ['/page/..%2fservice.ts', 404, 'NOT_FOUND'],
    ['/api/studies/1.2.3', 404, 'NOT_FOUND'],
    ['/api/studies/..%2f..', 400, 'REQUEST_INVALID'],
    ['/api/studies?limit=many', 400, 'REQUEST_INVALID'],
    ['/dicom-web/studies/1.2.3', 404, 'NOT_FOUND'],
    ['/dicom-web/studies?PatientsShoeSize=1', 400, 'REQUEST_INVALID'],
  ])('%s is answered %d with the problem %s', async (path, status, code) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ type: `urn:apical:fault:${code}`, status, code });
  });

  test('an unknown error is answered 500 without its text, and told without it', async () => {
    const ledger = {
      ...ledgerOver(sample),
      studiesToRead: () => Promise.reject(new TypeError('for patient Lindqvist')),
    };
    const broken = await startService(sample, { ledger });
    const response = await fetch(`${broken.url}/api/studies`);
    const body = await response.text();
    await broken.close();
    expect(response.status).toBe(500);
    expect(JSON.parse(body)).toMatchObject({ code: 'UNEXPECTED', status: 500 });
    const told = broken.events.find(({ kind }) => kind === 'unexpected');
    expect(told).toMatchObject({ where: 'http', error: expect.stringMatching(/^TypeError at /) });
    expect(body + JSON.stringify(broken.events)).not.toContain('Lindqvist');
  });

  test('a fault that passes says when to come again', async () => {
    const demonstrate = () => Promise.reject(new AgentError('TOO_BUSY', 'later'));
    const busy = await startService(sample, { demonstrate });
    const response = await fetch(`${busy.url}/api/demonstration`, { method: 'POST' });
    await busy.close();
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
  });

  test('a port that is taken is a fault of the configuration', async () => {
    const port = Number(new URL(service.url).port);
    const settings = { ...serviceSettings, port };
    await expect(startService(sample, { settings })).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });

  test('each answer is told by its route, which holds no UID', async () => {
    await get(`/api/studies/${studies.assessed}`);
    await get(`/dicom-web/studies/${studies.assessed}/series`);
    await get('/wp-admin');
    const answered = service.events.filter((event) => event.kind === 'http-answered');
    expect(answered.map(({ route }) => route)).toEqual(
      expect.arrayContaining(['/api/studies/:study', '/dicom-web/studies/:study/series', 'none']),
    );
    expect(JSON.stringify(answered)).not.toContain(studies.assessed);
  });
});

describe('what runs here', () => {
  test('the process says that it lives', async () => {
    expect(await json('/health')).toEqual({ status: 'live' });
  });

  test('it is ready when each part is, and says which one is not', async () => {
    expect((await get('/ready')).status).toBe(200);
    parts = [...parts, { name: 'findings', ok: false }];
    const response = await get('/ready');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      ready: false,
      parts: [{ ok: true }, { name: 'findings', ok: false }],
    });
  });

  test('it says how it is reached, which models it runs, and what it is not', async () => {
    expect(await json('/api/about')).toMatchObject({
      dimse: { aeTitle: 'APICAL', host: '127.0.0.1', port: 11112 },
      destinations: ['Hospital PACS', 'Research archive'],
      models: [{ id: 'phantom-echoclip', phantomOnly: true }, { id: 'phantom-view-classifier' }],
      phantomOnly: true,
      demonstration: true,
      notice: 'For research use only. Not a medical device.',
    });
  });

  test('where demonstrations are not made, asking for one finds nothing', async () => {
    const plain = await startService(sample);
    const response = await fetch(`${plain.url}/api/demonstration`, { method: 'POST' });
    const about = await (await fetch(`${plain.url}/api/about`)).json();
    await plain.close();
    expect([response.status, (about as { demonstration: boolean }).demonstration]).toEqual([404, false]);
  });
});

describe('studies', () => {
  test('are listed newest first, page by page, each with its state', async () => {
    const first = await json<StudyPage>('/api/studies?limit=2');
    const second = await json<StudyPage>(first.next!);
    const third = await json<StudyPage>(second.next!);
    expect([first, second, third].map((page) => page.studies.map(({ state }) => state))).toEqual([
      ['assessed', 'assessed'],
      ['assessing', 'receiving'],
      ['set-aside'],
    ]);
    expect(third.next).toBeUndefined();
    expect(third.studies[0]!.fault).toMatchObject({ code: 'MODEL_UNFIT' });
  });

  test('carry a summary of what was found', async () => {
    const { studies: listed } = await json<StudyPage>('/api/studies');
    expect(listed[0]!.summary).toEqual({
      measured: [{ id: 'ejection-fraction', title: 'Left ventricular ejection fraction', value: 34, unit: '%' }],
      notable: [{ id: 'pericardial-effusion', title: 'Pericardial effusion', answer: 'Present' }],
      assessed: 5,
      notAssessed: 1,
      phantomOnly: true,
    });
  });

  test('show each clip with its view or the reason against it, the clip that was used first', async () => {
    const { clips } = await json<StudyDetail>(`/api/studies/${studies.assessed}`);
    expect(clips.map(({ reading }) => reading)).toEqual([
      {
        kind: 'eligible',
        used: true,
        view: { code: 'A4C', recognised: true, score: 0.97 },
      },
      {
        kind: 'eligible',
        used: false,
        view: { code: 'PLAX', recognised: true, score: 0.91 },
      },
      {
        kind: 'eligible',
        used: false,
        view: { code: 'A2C', recognised: false, score: 0.41 },
      },
      { kind: 'ineligible', because: 'colour-doppler' },
      undefined,
    ]);
  });

  test('show each finding, and why one was not assessed', async () => {
    const { assessment } = await json<StudyDetail>(`/api/studies/${studies.assessed}`);
    expect(assessment!.findings).toMatchObject([
      {
        title: 'Left ventricular ejection fraction',
        kind: 'measured',
        value: 34,
        unit: '%',
        interval: { lower: 27, upper: 41 },
      },
      { kind: 'answered', answer: 'Present', notable: true, evidence: { keyFrame: 7 } },
      { kind: 'answered', answer: 'Absent', notable: false },
      { kind: 'similarity-only', similarity: 0.187, percentile: 83 },
      { kind: 'answered', answer: 'Normal' },
      { kind: 'not-assessed', because: 'no-suitable-view' },
    ]);
  });

  test('show each document with where it arrived, and addresses that answer', async () => {
    const { documents } = await json<StudyDetail>(`/api/studies/${studies.assessed}`);
    const [report, overlay] = documents;
    expect(overlay).toMatchObject({
      kind: 'sc',
      current: true,
      findingId: 'pericardial-effusion',
      picture: { frames: 24 },
    });
    expect(report!.deliveries).toMatchObject([
      { destination: 'Hospital PACS', state: 'delivered', proof: 'committed' },
      { state: 'waiting', attempts: 3, fault: { sentence: 'The destination does not answer.' } },
    ]);
    const file = await get(report!.download);
    expect(file.headers.get('content-type')).toMatch('application/dicom');
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 128, 132)).toBe('DICM');
    const frame = await get(overlay!.picture!.rendered.replace('{frame}', '24'));
    expect([frame.status, frame.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  });

  test('no answer of ours but the archive names a patient', async () => {
    const ours = [
      '/api/studies',
      '/api/about',
      '/metrics',
      '/ready',
      ...Object.values(studies).map((uid) => `/api/studies/${uid}`),
    ];
    const said = (await Promise.all(ours.map(async (path) => (await get(path)).text()))).join('\n');
    for (const name of patients) expect(said).not.toContain(name.split('^')[0]);
    expect(said).not.toContain('SECRET');
    expect(await (await get('/dicom-web/studies')).text()).toContain('Lindqvist');
  });
});
