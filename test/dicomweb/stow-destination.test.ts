import { createHash } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createStowDestination } from '#dicomweb/destinations/stow-rs';
import type { Instance } from '#domain/instance';
import { anInstance } from '#test/support/instances';
import { serve } from './serve.ts';

const result = anInstance('result');
const { sopInstance } = result.facts;
const reference = { '00081155': { vr: 'UI', Value: [sopInstance] } };
const stored = { '00081199': { vr: 'SQ', Value: [reference] } };
const failed = (reason: number) => ({
  '00081198': { vr: 'SQ', Value: [{ ...reference, '00081197': { vr: 'US', Value: [reason] } }] },
});
const quiet = new AbortController().signal;

/** What the archive answers to STOW-RS, whether it then has the instance, and what it was asked. */
interface Script {
  readonly status?: number;
  readonly body?: unknown;
  /** Never answers. */
  readonly isSilent?: boolean;
  readonly isThere?: boolean;
  readonly hasNoQido?: boolean;
  readonly doesNotRead?: boolean;
}

let folder: string;
let path: string;
let server: Awaited<ReturnType<typeof serve>>;
let script: Script;
let asked: string[];
let sha256: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stow-'));
  path = join(folder, 'result.dcm');
  await writeFile(path, Buffer.alloc(300_000, 'DICM'));
  asked = [];
  server = await serve((app) =>
    app.use(async (context) => {
      asked.push(`${context.method} ${context.path}`);
      if (context.method === 'GET') {
        if (script.hasNoQido) return;
        context.body = script.isThere ? [{ '00080018': { vr: 'UI', Value: [sopInstance] } }] : [];
        return;
      }
      if (script.doesNotRead) return void (context.status = script.status ?? 200);
      const hash = createHash('sha256');
      for await (const chunk of context.req) hash.update(chunk as Buffer);
      sha256 = hash.digest('hex');
      if (script.isSilent) return new Promise(() => {});
      context.status = script.status ?? 200;
      context.body = typeof script.body === 'string' ? script.body : JSON.stringify(script.body ?? '');
      return undefined;
    }),
  );
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

function destination(timeoutMs = 2000) {
  return createStowDestination({
    name: 'PACS',
    url: `${server.url}/dicom-web/`,
    authorization: { kind: 'none' },
    timeoutMs,
  });
}

const deliver = (instance: Instance = result) => destination().deliver(instance, path, quiet);

test.each<[string, Script]>([
  ['200, and the body lists it', { body: stored }],
  [
    '202, and the body lists it',
    { status: 202, body: { ...stored, ...failed(0xa700), '00081198': { vr: 'SQ', Value: [] } } },
  ],
  ['400, although the body lists it (Orthanc)', { status: 400, body: stored }],
  ['409 for a duplicate that is there', { status: 409, body: failed(0x0111), isThere: true }],
  ['200 without a word, and QIDO-RS finds it', { body: '', isThere: true }],
  ['XML, and QIDO-RS finds it', { body: '<NativeDicomModel/>', isThere: true }],
  ['500, and QIDO-RS finds it', { status: 500, isThere: true }],
])('delivered: %s', async (_, given) => {
  script = given;
  await deliver();
});

test.each<[string, Script, string]>([
  ['409 with a reason', { status: 409, body: failed(0xa900) }, 'DESTINATION_REFUSED'],
  ['200, but the body says it failed', { body: failed(0xc000) }, 'DESTINATION_REFUSED'],
  ['202, and ours is the one that failed', { status: 202, body: failed(0x0122) }, 'DESTINATION_REFUSED'],
  ['409 for a duplicate that is elsewhere', { status: 409, body: failed(0x0111) }, 'DESTINATION_REFUSED'],
  [
    'a failure without a UID',
    { status: 409, body: { '0008119A': { vr: 'SQ', Value: [{ '00081197': { vr: 'US', Value: [0xc122] } }] } } },
    'DESTINATION_REFUSED',
  ],
  ['401', { status: 401 }, 'DESTINATION_REFUSED'],
  ['415', { status: 415 }, 'DESTINATION_REFUSED'],
  ['out of resources', { status: 409, body: failed(0xa700) }, 'DESTINATION_BUSY'],
  ['503', { status: 503 }, 'DESTINATION_BUSY'],
  ['200, but it was dropped silently', { body: '' }, 'DESTINATION_BUSY'],
  [
    '200, and another instance is listed',
    { body: { '00081199': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['9.9'] } }] } } },
    'DESTINATION_BUSY',
  ],
  ['400 with an empty list of failures', { status: 400, body: { '00081198': { vr: 'SQ' } } }, 'DESTINATION_BUSY'],
  ['nothing, and QIDO-RS is not offered', { body: '', hasNoQido: true }, 'DESTINATION_UNREACHABLE'],
])('not delivered: %s', async (_, given, code) => {
  script = given;
  await expect(deliver()).rejects.toMatchObject({ code });
});

test('after a time-out QIDO-RS is asked before it is sent again', async () => {
  script = { isSilent: true };
  const pacs = destination(200);
  await expect(pacs.deliver(result, path, quiet)).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' });
  script = { isThere: true };
  asked = [];
  await pacs.deliver(result, path, quiet);
  expect(asked.map((line) => line.split(' ')[0])).toEqual(['GET']);
});

test('after a time-out an archive that does not have it, or cannot be asked, is sent it again', async () => {
  for (const next of [{ body: stored }, { body: stored, hasNoQido: true }]) {
    script = { isSilent: true };
    const pacs = destination(200);
    await expect(pacs.deliver(result, path, quiet)).rejects.toThrow();
    script = next;
    asked = [];
    await pacs.deliver(result, path, quiet);
    expect(asked.map((line) => line.split(' ')[0])).toEqual(['GET', 'POST']);
  }
});

test('an object of any size is sent in little memory', async () => {
  await truncate(path, 300 * 2 ** 20);
  script = { body: stored };
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 10);
  const before = process.memoryUsage().arrayBuffers;
  await deliver().finally(() => clearInterval(watch));
  expect(most - before).toBeLessThan(150 * 2 ** 20);
});

test('an archive that turns us away before it has read the object is understood', async () => {
  await truncate(path, 50 * 2 ** 20);
  script = { status: 401, doesNotRead: true };
  await expect(deliver()).rejects.toMatchObject({ code: expect.stringMatching(/^DESTINATION_(REFUSED|UNREACHABLE)$/) });
  script = { body: stored };
  await deliver();
});

test('a large answer, and a slow but living one, are taken as they are', async () => {
  script = { status: 200, body: 'x'.repeat(2_000_000), isThere: true };
  await deliver();
  expect(sha256).toMatch(/^[\da-f]{64}$/);
});

test('who asks to stop is obeyed', async () => {
  script = { isSilent: true };
  const stopping = new AbortController();
  setTimeout(() => stopping.abort(), 100);
  await expect(destination(60_000).deliver(result, path, stopping.signal)).rejects.toMatchObject({
    name: 'AbortError',
  });
});

test('nobody there, a missing file and a missing token are different faults', async () => {
  script = {};
  await expect(destination().deliver(result, join(folder, 'none.dcm'), quiet)).rejects.toMatchObject({
    code: 'FILE_MISSING',
  });
  const authorization = { kind: 'bearer-file', path: join(folder, 'token') } as const;
  const guarded = createStowDestination({ name: 'PACS', url: server.url, authorization, timeoutMs: 1000 });
  await expect(guarded.deliver(result, path, quiet)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  const nobody = createStowDestination({
    name: 'PACS',
    url: 'http://127.0.0.1:1',
    authorization: { kind: 'none' },
    timeoutMs: 1000,
  });
  await expect(nobody.deliver(result, path, quiet)).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' });
});
