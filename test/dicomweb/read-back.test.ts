import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readHeader } from '#dicom/header';
import { createStowDestination } from '#dicomweb/destinations/stow-rs';
import type { Instance } from '#domain/instance';
import { anInstance } from '#test/support/instances';
import { makeDicom, type Wanted } from '#test/support/make-dicom';
import { startOrthanc } from '#test/support/orthanc';
import { testWith } from '#test/support/peers';
import { serve } from './serve.ts';

const quiet = new AbortController().signal;
const wanted: Wanted = { study: '1.2.1', series: '1.2.1.1', sopInstance: '1.2.1.1.1', frames: [10, 20] };
const sent = makeDicom(wanted);

let folder: string;
let path: string;
let instance: Instance;
let server: Awaited<ReturnType<typeof serve>>;
/** What the archive gives back; nothing: it says that it has no such object. */
let kept: Buffer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-back-'));
  path = join(folder, 'result.dcm');
  await writeFile(path, sent);
  instance = { ...anInstance('result'), facts: readHeader(path), bytes: sent.length, role: 'result' };
  server = await serve((app) =>
    app.use(async (context) => {
      if (context.method === 'GET') {
        context.status = kept ? 200 : 404;
        context.type = 'multipart/related; type="application/dicom"; boundary=b';
        const head = Buffer.from('--b\r\nContent-Type: application/dicom\r\n\r\n');
        context.body = kept ? Buffer.concat([head, kept, Buffer.from('\r\n--b--\r\n')]) : '';
        return;
      }
      for await (const _ of context.req);
      const reference = { '00081155': { vr: 'UI', Value: [wanted.sopInstance] } };
      context.body = JSON.stringify({ '00081199': { vr: 'SQ', Value: [reference] } });
    }),
  );
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

function deliver(readBack: boolean, url = `${server.url}/dicom-web`) {
  const settings = { name: 'PACS', url, authorization: { kind: 'none' }, timeoutMs: 5000, readBack } as const;
  return createStowDestination(settings).deliver(instance, path, quiet);
}

test('what comes back as it was sent is delivered, whoever wrote the meta information', async () => {
  kept = sent;
  expect(await deliver(true)).toEqual({ kind: 'proved', proof: 'read-back' });
  const other = Buffer.from(sent);
  other.write('anything at all', 0, 'latin1'); // the preamble
  kept = other;
  await deliver(true);
});

test.each<[string, Partial<Wanted>, string]>([
  ['another patient', { patientId: 'P2' }, '00100020'],
  ['another pixel', { frames: [10, 21] }, '7FE00010'],
  ['one more attribute', { more: { StudyDescription: 'added' } }, '00081030'],
])('an archive that keeps %s is found out, by tag and not by value', async (_, change, tag) => {
  kept = makeDicom({ ...wanted, ...change });
  await expect(deliver(true)).rejects.toMatchObject({
    code: 'DESTINATION_REFUSED',
    detail: expect.stringContaining(`in ${tag}.`),
  });
  expect(await deliver(false)).toBeUndefined(); // who does not look does not see
});

test('an archive that confirms and keeps nothing is asked again later', async () => {
  kept = undefined;
  await expect(deliver(true)).rejects.toMatchObject({ code: 'DESTINATION_BUSY' });
});

test('what cannot be read is not what was sent', async () => {
  kept = sent.subarray(0, sent.length - 20);
  await expect(deliver(true)).rejects.toMatchObject({ code: 'DESTINATION_REFUSED' });
});

testWith(['Orthanc'], 'Orthanc gives back what it was sent, also when it was sent twice', async () => {
  const orthanc = await startOrthanc();
  try {
    for (const _ of [1, 2]) await deliver(true, orthanc.dicomWebUrl);
    expect(await (await fetch(`${orthanc.url}/instances`)).json()).toHaveLength(1);
  } finally {
    await orthanc.stop();
  }
});
