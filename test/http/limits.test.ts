import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { RequestRefusal } from '#domain/event';
import { createMetrics } from '#http/metrics';
import { until } from '#test/support/agent-process';
import { createSample, type Sample } from './sample.ts';
import { serviceSettings, type Started, startService } from './start.ts';

// Who goes beyond a limit of the page's door, or asks for what nobody should: sent away, told, and counted by its name.

let sample: Sample;
beforeAll(async () => void (sample = await createSample()));
afterAll(() => sample.archive.remove());

let service: Started;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await service.close();
});

/** A connection that says something, if anything, and what it hears until the other side ends it. */
async function open(said = ''): Promise<{ readonly socket: Socket; readonly heard: Promise<string> }> {
  const socket = connect({ port: Number(new URL(service.url).port), host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).on('error', () => undefined);
  const heard = once(socket, 'end').then(
    () => text,
    () => text,
  );
  await once(socket, 'connect');
  if (said !== '') socket.write(said);
  return { socket, heard };
}

async function countOf(code: RequestRefusal): Promise<number> {
  const told = service.events.filter((event) => event.kind === 'request-refused' && event.code === code);
  const metrics = createMetrics();
  told.forEach(metrics.record);
  const text = await metrics.text([]);
  expect(text.includes(`apical_http_requests_refused_total{code="${code}"} ${told.length}`)).toBe(told.length > 0);
  return told.length;
}

const counted = (code: RequestRefusal) => until(async () => (await countOf(code)) || undefined, { seconds: 10, what: code }); // prettier-ignore

const late = { headersMs: 300, requestMs: 600 };
const post = 'POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n';

test.each([
  ['says nothing at all', late, ''],
  ['does not end its header fields', late, 'GET /health HTTP/1.1\r\nHost: localhost\r\n'],
])('a connection that %s is closed (headersMs)', async (_name, limits, said) => {
  service = await startService(sample, { settings: { ...serviceSettings, ...limits } });
  const { heard } = await open(said);
  expect(await heard).toMatch(/^HTTP\/1\.1 408 /);
  expect(await counted('too-slow')).toBe(1);
});

test('a header field byte by byte buys no time (headersMs)', async () => {
  service = await startService(sample, { settings: { ...serviceSettings, ...late } });
  const { socket, heard } = await open('GET /health HTTP/1.1\r\nX: ');
  const dripping = setInterval(() => socket.write('x'), 20);
  expect(await heard).toMatch(/^HTTP\/1\.1 408 /);
  clearInterval(dripping);
  await counted('too-slow');
});

test('a request that does not come to its end is cut off (requestMs)', async () => {
  service = await startService(sample, { settings: { ...serviceSettings, ...late } });
  const type = 'Content-Type: multipart/related; type="application/dicom"; boundary=b\r\n\r\n';
  const { heard } = await open(`${post}${type}--b\r\n`);
  await heard;
  await counted('too-slow');
});

test('more connections than may be are dropped, and the others are served (connectionsMax)', async () => {
  service = await startService(sample, { settings: { ...serviceSettings, connectionsMax: 2 } });
  const first = await open();
  await open();
  const third = await open('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(await third.heard).toBe('');
  expect(await counted('http.connectionsMax')).toBe(1);
  first.socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  expect(await first.heard).toMatch(/^HTTP\/1\.1 200 /);
});

test('who keeps his half of a connection open for ever keeps nothing of ours', async () => {
  service = await startService(sample, { settings: { ...serviceSettings, connectionsMax: 1, ...late } });
  const { heard } = await open(); // allowHalfOpen: this side never closes
  await heard;
  const health = async () => ((await fetch(`${service.url}/health`).catch(() => undefined))?.ok ? true : undefined);
  expect(await until(health, { seconds: 10, what: 'the place of the one before' })).toBe(true);
});

test.each<[string, string, RequestRefusal, string]>([
  ['what is no HTTP', '\x16\x03\x01 garbage\r\n\r\n', 'malformed', '400'],
  ['a path that climbs', 'GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n', 'NOT_FOUND', '404'],
  [
    'an encoded path that climbs',
    'GET /page/%2e%2e%2f%2e%2e%2fpackage.json HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'NOT_FOUND',
    '404',
  ],
  ['another host', 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', 'HOST_UNKNOWN', '421'],
  ['a page elsewhere', `${post}Origin: https://evil.example\r\n\r\n`, 'ORIGIN_UNKNOWN', '403'],
  ['too long a body', post.replace('9999', '1000001\r\nConnection: close') + '\r\n', 'OBJECT_TOO_LARGE', '413'],
])('%s is refused, told and counted', async (_name, said, code, status) => {
  service = await startService(sample);
  const { socket, heard } = await open(said);
  await once(socket, 'data');
  socket.end();
  expect(await heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(await counted(code)).toBe(1);
});

test('what is answered as asked is not counted as refused', async () => {
  service = await startService(sample);
  await fetch(`${service.url}/health`);
  expect(service.events.filter(({ kind }) => kind === 'request-refused')).toEqual([]);
});
