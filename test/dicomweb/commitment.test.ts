import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createStowDestination } from '#dicomweb/destinations/stow-rs';
import { createDicomWebRouter } from '#dicomweb/server/router';
import { readHeader } from '#dicom/header';
import { anInstance } from '#test/support/instances';
import { makeDicom } from '#test/support/make-dicom';
import { createArchive, type TestArchive } from './archive.ts';
import { serve } from './serve.ts';
import { one } from './served.ts';

const folder = mkdtempSync(join(tmpdir(), 'commitment-'));
const path = join(folder, 'one.dcm');
let archive: TestArchive;
let server: Awaited<ReturnType<typeof serve>>;
/** SOP Instance UIDs that the archive has lost since. */
const lost = new Set<string>();

beforeAll(async () => {
  writeFileSync(path, makeDicom(one));
  archive = await createArchive({ bytesMax: 40_000 });
  const router = createDicomWebRouter({
    ...archive,
    reader: { frames: () => Promise.reject(new Error('nothing is drawn here')) },
    publish: () => undefined,
    limits: { resultsMax: 3, partsMax: 5 },
    async vouch(instances) {
      const [committed, failed] = [[], []] as [
        (typeof instances)[number][],
        ((typeof instances)[number] & { reason: number })[],
      ];
      for (const each of instances) {
        const [held] = await archive.catalogue.instances({ sopInstance: each.sopInstance });
        if (held && !lost.has(each.sopInstance)) committed.push(each);
        else failed.push({ ...each, reason: 0x0112 });
      }
      return { committed, failed };
    },
  });
  server = await serve((app) => app.use(router.routes()).use(router.allowedMethods()));
});
afterEach(() => lost.clear());
afterAll(async () => {
  await server.stop();
  await archive.remove();
  rmSync(folder, { recursive: true });
});

const json = 'application/dicom+json';
const reference = (sopInstance: string) => ({
  '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.3.1'] },
  '00081155': { vr: 'UI', Value: [sopInstance] },
});
const asking = (...items: readonly unknown[]) => JSON.stringify([{ '00081199': { vr: 'SQ', Value: items } }]);
const ask = (body: string, { transaction = '1.2.3', type = json } = {}) =>
  fetch(`${server.url}/dicom-web/commitment-requests/${transaction}`, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body,
  });

test('what is sent to us by our own client is vouched for, once it is there and as long as it is', async () => {
  const instance = { ...anInstance('one'), facts: readHeader(path) };
  const settings = {
    name: 'apical',
    url: `${server.url}/dicom-web`,
    authorization: { kind: 'none' },
    timeoutMs: 5000,
  } as const;
  const to = createStowDestination({ ...settings, commitment: true });
  const { signal } = new AbortController();
  expect(await to.deliver(instance, path, signal)).toEqual({ kind: 'proved', proof: 'committed' });
  lost.add(one.sopInstance);
  await expect(to.deliver(instance, path, signal)).rejects.toMatchObject({ detail: expect.stringContaining('0112H') });
});

test('of several, each is answered for, with a reason where we do not vouch', async () => {
  const answer = await ask(asking(reference(one.sopInstance), reference('1.2.3.4.5')));
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    '00081199': { vr: 'SQ', Value: [reference(one.sopInstance)] },
    '00081198': { vr: 'SQ', Value: [{ ...reference('1.2.3.4.5'), '00081197': { vr: 'US', Value: [0x0112] } }] },
  });
});

test.each<[string, string, object, number]>([
  ['no transaction UID', asking(reference('1.2')), { transaction: 'x' }, 400],
  ['no JSON', 'nothing', {}, 400],
  ['nothing', asking(), {}, 400],
  ['an instance without a UID', asking(reference('1.2'), {}), {}, 400],
  ['an instance that is none', asking(null), {}, 400],
  ['another type', asking(reference('1.2')), { type: 'application/dicom+xml' }, 415],
  ['five megabytes', `[${' '.repeat(5 << 20)}]`, {}, 413],
])('a request with %s is refused', async (_, body, more, status) => {
  expect((await ask(body, more)).status).toBe(status);
});

test('no result is kept for later', async () => {
  await ask(asking(reference(one.sopInstance)));
  expect((await fetch(`${server.url}/dicom-web/commitment-requests/1.2.3`)).status).toBe(405);
});
