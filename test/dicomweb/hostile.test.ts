import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDicomWebRouter } from '#dicomweb/server/router';
import { makeDicom } from '#test/support/make-dicom';
import { createArchive, type TestArchive } from './archive.ts';
import { serve } from './serve.ts';

// Senders that mean no good, or cannot do better. Each is answered or cut off, and the next one is served.
let archive: TestArchive;
let server: Awaited<ReturnType<typeof serve>>;
const file = makeDicom({ study: '1.2.1', series: '1.2.1.1', sopInstance: '1.2.1.1.1', frames: [1] });

beforeAll(async () => {
  archive = await createArchive({ bytesMax: 1_000_000 });
  const router = createDicomWebRouter({
    ...archive,
    reader: { frames: () => Promise.reject(new Error()) },
    publish: () => {},
    limits: { resultsMax: 100, partsMax: 50, patience: { silenceMs: 1000, bytesMax: 8_000_000 } },
  });
  server = await serve((app) => app.use(router.routes()));
});

afterAll(async () => {
  await server.stop();
  await archive.remove();
});

const head = [
  'POST /dicom-web/studies HTTP/1.1',
  'Host: localhost',
  'Content-Type: multipart/related; type="application/dicom"; boundary=edge',
  'Transfer-Encoding: chunked',
  '',
  '',
].join('\r\n');

/** A connection that has sent its header fields, and what it hears until it is closed. */
async function begin(): Promise<{ socket: Socket; send(bytes: Buffer | string): boolean; heard: Promise<string> }> {
  const { port } = new URL(server.url);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  const { promise: heard, resolve } = Promise.withResolvers<string>();
  socket.on('error', () => {});
  socket.on('close', () => resolve(Buffer.concat(pieces).toString('latin1')));
  socket.write(head);
  const send = (bytes: Buffer | string) => {
    const chunk = Buffer.from(bytes);
    return socket.write(Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]));
  };
  return { socket, send, heard };
}

/** Sends the same bytes again and again until the connection is closed. */
async function sendForEver({ socket, send, heard }: Awaited<ReturnType<typeof begin>>, bytes: Buffer): Promise<void> {
  while (!socket.destroyed) {
    const isDrained = send(bytes);
    const drained = isDrained ? new Promise((resume) => setImmediate(resume)) : once(socket, 'drain').catch(() => {});
    await Promise.race([drained, heard]);
  }
}

async function isServing(): Promise<boolean> {
  return (await fetch(`${server.url}/dicom-web/studies`)).ok;
}

const part = '--edge\r\nContent-Type: application/dicom\r\n\r\n';

test('a body without an end is cut off', async () => {
  const sender = await begin();
  sender.send(part);
  await sendForEver(sender, Buffer.alloc(1 << 20));
  expect(await sender.heard).toMatch(/^(HTTP\/1\.1 413|$)/);
  expect(archive.instances).toHaveLength(0);
  expect(await isServing()).toBe(true);
});

test('parts without an end are cut off', async () => {
  const sender = await begin();
  await sendForEver(sender, Buffer.from(`${part}x\r\n`.repeat(20)));
  expect(await sender.heard).toMatch(/^(HTTP\/1\.1 400|$)/);
  expect(await isServing()).toBe(true);
});

test("a part's header fields without an end are cut off", async () => {
  const sender = await begin();
  sender.send('--edge\r\n');
  await sendForEver(sender, Buffer.from('X-Header: 1\r\n'.repeat(100)));
  expect(await sender.heard).toMatch(/^(HTTP\/1\.1 400|$)/);
  expect(await isServing()).toBe(true);
});

test('a sender that falls silent is cut off, with a reason, and nothing is kept of what it began', async () => {
  const before = archive.count.discarded;
  const sender = await begin();
  sender.send(Buffer.concat([Buffer.from(part), file.subarray(0, 600)]));
  const heard = await sender.heard;
  expect(heard).toMatch(/^HTTP\/1\.1 400/);
  expect(heard).toMatch(/Fewer than 4096 bytes came in 1000 ms/);
  expect(archive.count.discarded).toBe(before + 1);
});

test('a sender that drips is cut off', async () => {
  const sender = await begin();
  sender.send(part);
  const dripping = setInterval(() => sender.send('x'), 20);
  expect(await sender.heard).toMatch(/^HTTP\/1\.1 400/);
  clearInterval(dripping);
});

test('a slow sender that gets on is listened to', async () => {
  const sender = await begin();
  const noise = makeDicom({
    study: '1.2.2',
    series: '1.2.2.1',
    sopInstance: '1.2.2.1.1',
    frames: Array<number>(2000).fill(3),
  });
  sender.send(part);
  for (let at = 0; at < noise.length; at += 5000) {
    sender.send(noise.subarray(at, at + 5000));
    await new Promise((resume) => setTimeout(resume, 120));
  }
  sender.send('\r\n--edge--');
  sender.socket.write('0\r\n\r\n');
  await once(sender.socket, 'data');
  sender.socket.destroy();
  expect(await sender.heard).toMatch(/^HTTP\/1\.1 200/);
  expect(archive.instances.map(({ facts }) => facts.sopInstance)).toEqual(['1.2.2.1.1']);
});

const frames = '/studies/1.2.2/series/1.2.2.1/instances/1.2.2.1.1/frames';

test.each([
  ['that climbs', '/studies/%2e%2e%2f%2e%2e%2fetc%2fpasswd'],
  ['that climbs as on Windows', '/studies/1.2.1/series/..%5c..%5c/instances/1/frames/1'],
  ['with a UID that is too long', `/studies/${'1.'.repeat(40)}1`],
  ['of a frame beyond counting', `${frames}/99999999999`],
  ['of one frame three thousand times', `${frames}/${'1,'.repeat(3000)}1`],
  ['that is no UTF-8', '/studies/%ff%fe'],
  ['of a day that is none', '/studies?StudyDate=%ff'],
])('an address %s is answered with a fault of the client', async (_, path) => {
  const answer = await fetch(`${server.url}/dicom-web${path}`);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
});
