import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { downloadFile } from '#models/download/download-file';
import { downloadModel } from '#models/download/download-model';
import { headOf, parseHubSource, type HubAccess } from '#models/download/hub';
import { apical, apicalIn } from '#test/support/agent-process';
import { testWith } from '#test/support/peers';
import { commit, filesIn, startHub, startProxy, type HubBehaviour, type TestHub } from './hub.ts';
import { tiny } from './tiny-models.ts';

const needs = ['shared:reference/echoclip_tiny'];
const data = mkdtempSync(join(tmpdir(), 'apical-hub-'));
afterAll(() => rmSync(data, { recursive: true }));
let closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers) await close();
  closers = [];
});

const serve = async (behaviour: HubBehaviour): Promise<TestHub> => {
  const hub = await startHub(behaviour);
  closers.push(hub.close);
  return hub;
};
const large = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 251));
const small = Buffer.from('{}');
const repository = { owner: 'owner', name: 'name', revision: 'main' };
const accessTo = ({ url }: { url: string }): HubAccess => ({ hub: url, signal: new AbortController().signal });
const fresh = () => mkdtempSync(join(data, 'downloads-'));
const fetchFrom = async (hub: TestHub, downloads = fresh()) => {
  const seen: number[] = [];
  const onProgress = (bytes: number) => void seen.push(bytes);
  const model = await downloadModel({ repository, access: accessTo(hub), downloads, onProgress });
  return { ...model, seen };
};
const files = { 'open_clip_config.json': small, 'open_clip_pytorch_model.bin': large };

describe('a download from a hub', () => {
  test('brings the configuration and the best form of the weights, verified, and nothing else', async () => {
    const hub = await serve({ files: { ...files, 'open_clip_model.safetensors': large, 'merges.txt': large } });
    const { folder, seen, ...rest } = await fetchFrom(hub);
    expect(rest).toEqual({ commit, licence: 'mit', verified: true });
    expect(readdirSync(folder).sort()).toEqual(['open_clip_config.json', 'open_clip_model.safetensors']);
    expect(readFileSync(join(folder, 'open_clip_model.safetensors')).equals(large)).toBe(true);
    expect(seen.at(-1)).toBe(small.length + large.length);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test('goes on where a broken connection ended, as often as it takes', async () => {
    const hub = await serve({ files, breakAfter: 100_000 });
    const { folder } = await fetchFrom(hub);
    expect(readFileSync(join(folder, 'open_clip_pytorch_model.bin')).equals(large)).toBe(true);
    const ranges = hub.asked.filter((line) => line.startsWith('GET /store/')).map((line) => line.split(' ')[2]);
    expect(ranges.slice(0, 3)).toEqual([undefined, 'bytes=100000-', 'bytes=200000-']);
  });

  test('goes on with what an earlier run left, and begins anew where that was of another file', async () => {
    const hub = await serve({ files });
    for (const [left, requests] of [
      [large.subarray(0, 1000), 1],
      [Buffer.alloc(1000, 9), 2],
    ] as const) {
      hub.asked.length = 0;
      const into = fresh();
      writeFileSync(join(into, 'open_clip_pytorch_model.bin.part'), left);
      const digest = { kind: 'sha256', value: createHash('sha256').update(large).digest('hex') } as const;
      const file = { path: 'open_clip_pytorch_model.bin', commit, bytes: large.length, digest };
      const path = await downloadFile({ repository, file, into, access: accessTo(hub), onProgress: () => undefined });
      expect(readFileSync(path).equals(large)).toBe(true);
      const asked = hub.asked.filter((line) => line.startsWith('GET /store/'));
      expect(asked[0]).toContain('bytes=1000-');
      expect(asked).toHaveLength(requests);
    }
  });

  test('begins anew at a hub that gives no ranges', async () => {
    const hub = await serve({ files, withoutRanges: true });
    const downloads = fresh();
    const folder = join(downloads, `owner--name--${commit}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'open_clip_pytorch_model.bin.part'), large.subarray(0, 1000));
    await fetchFrom(hub, downloads);
    expect(readFileSync(join(folder, 'open_clip_pytorch_model.bin')).equals(large)).toBe(true);
  });

  test('keeps nothing under the file’s name that is not what the hub announced', async () => {
    const hub = await serve({ files, corrupt: true });
    const downloads = fresh();
    await expect(fetchFrom(hub, downloads)).rejects.toMatchObject({ code: 'MODEL_UNFIT', detail: /came damaged/ });
    expect(readdirSync(join(downloads, `owner--name--${commit}`))).toEqual(['open_clip_config.json']);
  });

  test('gives up on a hub that never goes on, and says how to go on', async () => {
    const hub = await serve({ files, breakAfter: 0 });
    await expect(fetchFrom(hub)).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      detail: expect.stringMatching(/0 of 300000 bytes.*run the same command again/),
    });
  });

  test('works at a mirror without a listing', async () => {
    const { folder, licence } = await fetchFrom(await serve({ files, withoutListing: true }));
    expect(licence).toBeUndefined();
    expect(readdirSync(folder).sort()).toEqual(Object.keys(files).sort());
  });

  test('names what is not there', async () => {
    const hub = await serve({ files: { 'a.pt': large, 'b.pt': large } });
    await expect(fetchFrom(hub)).rejects.toMatchObject({ code: 'NOT_FOUND', detail: /several \(a\.pt, b\.pt\)/ });
    const other = {
      repository: { ...repository, name: 'other' },
      access: accessTo(hub),
      downloads: fresh(),
      onProgress() {},
    };
    await expect(downloadModel(other)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const gone = await startHub({ files });
    await gone.close();
    await expect(downloadModel({ ...other, access: accessTo(gone) })).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      detail: expect.stringMatching(/^127\.0\.0\.1:\d+ does not answer \(ECONNREFUSED\)\.$/),
    });
  });

  test('shows its token to the hub, and asks for one where it is needed', async () => {
    const hub = await serve({ files, token: 'secret' });
    await expect(fetchFrom(hub)).rejects.toMatchObject({ code: 'REQUEST_INVALID', detail: /--token-file/ });
    const access = { ...accessTo(hub), token: 'secret' };
    const { verified } = await downloadModel({ repository, access, downloads: fresh(), onProgress: () => undefined });
    expect(verified).toBe(true);
  });

  test('shows its token to nobody else, wherever the hub sends it', async () => {
    const shown: (string | undefined)[] = [];
    const elsewhere = createServer((request, response) => {
      shown.push(request.headers.authorization);
      response.writeHead(200, { 'content-length': large.length }).end(request.method === 'HEAD' ? undefined : large);
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const away = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const hub = createServer((request, response) => {
      shown.push(request.headers.authorization);
      response.writeHead(302, { location: `${away}${request.url}` }).end();
    }).listen(0, '127.0.0.1');
    await once(hub, 'listening');
    closers.push(async () => {
      for (const server of [hub, elsewhere]) server.close().closeAllConnections();
    });
    const url = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
    const access = { ...accessTo({ url }), token: 'secret' };
    const file = await headOf(repository, 'open_clip_model.safetensors', access);
    await downloadFile({ repository, file: file!, into: fresh(), access, onProgress: () => undefined });
    expect(shown).toEqual(['Bearer secret', undefined, 'Bearer secret', undefined]);
  });

  test('is told by owner, name and revision', () => {
    expect(parseHubSource('hf:echonet/echo-clip')).toEqual({ owner: 'echonet', name: 'echo-clip', revision: 'main' });
    expect(parseHubSource('hf:a/b@v1')).toMatchObject({ revision: 'v1' });
    expect(parseHubSource('/a/path')).toBeUndefined();
    for (const wrong of ['hf:name', 'hf:../x', 'hf:a/..', 'hf:a/b/c', 'hf:a/b@../x'])
      expect(() => parseHubSource(wrong)).toThrow(/hf:OWNER\/NAME/);
  });
});

describe('apical models import hf:OWNER/NAME', () => {
  let real: Record<string, Buffer> = {};
  beforeAll(() => {
    if (!existsSync(tiny())) return;
    const [config, weights] = ['open_clip_config.json', 'open_clip_pytorch_model.bin'] as const;
    real = filesIn({ [config]: tiny(config), [weights]: tiny(weights) });
  });
  const run = async (...args: readonly string[]) => {
    const ended = await apical('models', 'import', 'hf:owner/name', ...args, '--data', data, '--json');
    const document: any = JSON.parse(ended.stdout);
    return { ...ended, document };
  };

  testWith(needs, 'fetches from another hub, imports, notes the origin, and keeps no download', async () => {
    const hub = await serve({ files: real });
    const { document, exitCode } = await run('--as', 'fetched', '--hub', hub.url);
    expect(exitCode).toBe(0);
    expect(document.origin).toEqual({ source: 'hf:owner/name', hub: hub.url, commit, licence: 'mit' });
    expect(readdirSync(join(data, 'models', '.downloads'))).toEqual([]);
    const card = await apical('models', 'card', 'fetched', '--data', data);
    expect(card.stdout).toContain(`Origin: hf:owner/name at ${commit}`);
    expect(card.stdout).toContain('card says mit');
  });

  testWith(needs, 'goes through the proxy that the environment names', async () => {
    const hub = await serve({ files: real });
    const proxy = await startProxy(hub.url);
    closers.push(proxy.close);
    const args = ['hf:owner/name', '--as', 'proxied', '--hub', 'http://hub.invalid', '--data', data];
    const { exitCode, stderr } = await apicalIn({ http_proxy: proxy.url }, 'models', 'import', ...args);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(new Set(proxy.carried)).toEqual(new Set(['hub.invalid:80']));
  });

  testWith(needs, 'offline, takes the files from a folder or from a cache, and no network', async () => {
    const folder = join(data, 'brought', 'owner', 'name');
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of Object.entries(real)) writeFileSync(join(folder, name), content);
    expect(await run('--as', 'brought', '--offline', join(data, 'brought'))).toMatchObject({ exitCode: 0 });

    const cache = join(data, 'cache', 'hub', 'models--owner--name');
    for (const below of ['blobs', `snapshots/${commit}`, 'refs']) mkdirSync(join(cache, below), { recursive: true });
    writeFileSync(join(cache, 'refs', 'main'), commit);
    for (const [name, content] of Object.entries(real)) {
      const digest = createHash('sha256').update(content).digest('hex');
      writeFileSync(join(cache, 'blobs', digest), content);
      symlinkSync(join('..', '..', 'blobs', digest), join(cache, 'snapshots', commit, name));
    }
    const { document } = await run('--as', 'cached', '--offline', join(data, 'cache'));
    expect(document.origin).toEqual({ source: 'hf:owner/name', commit });

    cpSync(join(data, 'cache'), join(data, 'damaged'), { recursive: true, verbatimSymlinks: true });
    const blobs = join(data, 'damaged', 'hub', 'models--owner--name', 'blobs');
    for (const blob of readdirSync(blobs)) writeFileSync(join(blobs, blob), 'x');
    expect((await run('--as', 'bad', '--offline', join(data, 'damaged'))).document.error.message).toContain(
      'is damaged',
    );
    const none = await run('--as', 'none', '--offline', join(data, 'nowhere'));
    expect([none.exitCode, none.document.error.message]).toEqual([
      66,
      expect.stringContaining('holds no weights of owner/name'),
    ]);
  });
});
