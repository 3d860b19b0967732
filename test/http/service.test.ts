import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { request } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { AgentError } from '#domain/errors';
import { createSample, type Sample, studies } from './sample.ts';
import { ledgerOver, serviceSettings, type Started, startService } from './start.ts';

let sample: Sample;
let service: Started;

beforeAll(async () => {
  sample = await createSample();
  const demonstrate = async () => ({ study: studies.assessed });
  service = await startService(sample, { demonstrate });
});
afterAll(async () => {
  await service.close();
  await sample.archive.remove();
});

const get = (path: string, init?: RequestInit) => fetch(`${service.url}${path}`, init);

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
