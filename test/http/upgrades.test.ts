import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createEventChannels, type EventChannels } from '#dicomweb/ups/event-channels';
import { createWorklistRouter } from '#dicomweb/ups/router';
import { createStepList } from '#dicomweb/ups/step-list';
import { basicLogin, userLine } from '#http/basic-login';
import { openDatabase } from '#store/open';
import { createWorkitemStore } from '#store/workitems';
import { manualClock } from '#test/support/manual-clock';
import { openEventChannel, watchWorklist } from '#test/support/worklist-events';
import { createSample, type Sample } from './sample.ts';
import { startService, type Started } from './start.ts';

// The worklist's event channel behind the door of everything else.

const folder = mkdtempSync(join(tmpdir(), 'apical-upgrades-'));
const database = openDatabase(folder);
let sample: Sample;
let service: Started;
let channels: EventChannels;
beforeAll(async () => {
  sample = await createSample();
  writeFileSync(join(folder, 'users'), await userLine('reader', ['read'], 'only to look'));
  channels = createEventChannels();
  const store = createWorkitemStore(database);
  const list = createStepList({
    store,
    channels,
    clock: manualClock(),
    keepMs: () => 1000,
    station: 'APICAL',
    retell: async () => {},
  });
  const router = createWorklistRouter({ list, channels, resultsMax: 10 });
  service = await startService(sample, { login: basicLogin(join(folder, 'users')), routers: [router.routes()] });
});
afterAll(async () => {
  channels.close();
  await service.close();
  await sample.archive.remove();
  database.close();
  rmSync(folder, { recursive: true });
});

const reader = { Authorization: `Basic ${Buffer.from('reader:only to look').toString('base64')}` };
const root = () => `${service.url}/dicom-web`;

test('who may read may subscribe and listen, and not change the list', async () => {
  const watcher = await watchWorklist(root(), 'READER', reader);
  expect((await watcher.next()).type).toBe('status');
  const created = await fetch(`${root()}/workitems`, { method: 'POST', headers: reader, body: '{}' });
  expect(created.status).toBe(403);
  await watcher.close();
});

test('nobody listens without a login', async () => {
  await expect(openEventChannel(root(), 'READER')).rejects.toThrow(/401/);
});

test('nobody listens under a name that is not ours', async () => {
  await expect(openEventChannel(root(), 'READER', { ...reader, Host: 'rebound.example' })).rejects.toThrow(/421/);
});

test('an address that upgrades nothing answers as ever, and ends the connection', async () => {
  await expect(openEventChannel(service.url, 'READER', reader)).rejects.toThrow(/404/);
});

test('who offers another protocol is answered in this one, its body included', async () => {
  const socket = connect(Number(new URL(service.url).port), 'localhost');
  const text: string[] = [];
  socket.on('data', (chunk: Buffer) => text.push(chunk.toString()));
  const head = ['POST /dicom-web/workitems HTTP/1.1', 'Host: localhost', 'Connection: Upgrade, close', 'Upgrade: h2c'];
  socket.write(`${[...head, 'Content-Length: 2', ''].join('\r\n')}\r\n{}`);
  await once(socket, 'close');
  expect(text.join('')).toMatch(/^HTTP\/1\.1 401 /);
});
