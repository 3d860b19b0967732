import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { AgentEvent } from '#domain/event';
import { createEventHub } from '#http/events';
import { createSample, type Sample } from './sample.ts';
import { startService } from './start.ts';

let sample: Sample;
beforeAll(async () => void (sample = await createSample()));
afterAll(() => sample.archive.remove());

const kept: AgentEvent = { kind: 'clip-read', study: '1.2.3', sopInstance: '1.2.3.4', outcome: 'A4C' };
const answered: AgentEvent = { kind: 'http-answered', method: 'GET', route: '/', status: 200, milliseconds: 1 };
const refused: AgentEvent = { kind: 'request-refused', address: '10.9.8.7', code: 'NOT_FOUND' };
const unexpected: AgentEvent = { kind: 'unexpected', where: 'assess', error: 'Error at secret.ts:1' };

/** Reads a stream until what was read satisfies, or it ends. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, enough: (text: string) => boolean) {
  let text = '';
  while (!enough(text)) {
    const { done, value } = await reader.read();
    if (done) return `${text}[end]`;
    text += Buffer.from(value).toString();
  }
  return text;
}

test('a page is told what happens as it happens, but neither of requests nor of the inside of the program', async () => {
  const service = await startService(sample);
  const response = await fetch(`${service.url}/api/events`);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const reader = response.body!.getReader();
  await readUntil(reader, (text) => text.includes('retry:'));
  for (const event of [answered, refused, unexpected, kept]) service.publish(event);
  const text = await readUntil(reader, (read) => read.includes('data:'));
  expect(text.match(/data: .*/g)).toEqual([`data: ${JSON.stringify(kept)}`]);
  await reader.cancel();
  await service.close();
});

test('a stream on which nothing happens still shows that it lives', async () => {
  const service = await startService(sample);
  const { body } = await fetch(`${service.url}/api/events`);
  const reader = body!.getReader();
  expect(await readUntil(reader, (read) => read.includes(': still here'))).toContain(': still here\n\n');
  await reader.cancel();
  await service.close();
});

test('closing the service ends the streams, so that nobody waits for them', async () => {
  const service = await startService(sample);
  const { body } = await fetch(`${service.url}/api/events`);
  const read = readUntil(body!.getReader(), () => false);
  await service.close();
  expect(await read).toMatch(/\[end\]$/);
});

test('no more pages may listen than the limit says; one that leaves makes room', async () => {
  const hub = createEventHub({ listenersMax: 1 });
  const first = hub.connect();
  expect(() => hub.connect()).toThrow(expect.objectContaining({ code: 'TOO_BUSY' }));
  first.destroy();
  await pause(0);
  hub.connect().destroy();
});

test('a page that does not read is cut off instead of filling our memory', async () => {
  const hub = createEventHub({ waitingBytesMax: 1000 });
  const [slow, quick] = [hub.connect(), hub.connect()];
  quick.resume();
  for (let count = 0; count < 100; count++) {
    hub.publish(kept);
    await pause(0);
  }
  expect([slow.destroyed, quick.destroyed]).toEqual([true, false]);
  expect(slow.readableLength).toBeLessThan(1200);
  hub.close();
});
