import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import sharp from 'sharp';
import { decodeFrames } from '#dicom/pixels/decode';
import { createDicomWebRouter } from '#dicomweb/server/router';
import { sharedPath, testWith } from '#test/support/peers';
import { createArchive, type TestArchive } from './archive.ts';
import { serve } from './serve.ts';

// Objects of real scanners through our server, held against what dcmtk makes of the same files.
let archive: TestArchive;
let server: Awaited<ReturnType<typeof serve>>;
const folder = mkdtempSync(join(tmpdir(), 'dicomweb-'));

beforeAll(async () => {
  archive = await createArchive();
  const router = createDicomWebRouter({
    ...archive,
    reader: { frames: decodeFrames },
    publish: () => {},
    limits: { resultsMax: 100, partsMax: 5 },
  });
  server = await serve((app) => app.use(router.routes()));
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.stop();
  await archive.remove();
});

/** Stores one file as `curl` would, and gives its address. */
async function stored(path: string): Promise<string> {
  const body = Buffer.concat([
    Buffer.from('--edge\r\nContent-Type: application/dicom\r\n\r\n'),
    readFileSync(path),
    Buffer.from('\r\n--edge--'),
  ]);
  const headers = { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=edge' };
  const answer = await fetch(`${server.url}/dicom-web/studies`, { method: 'POST', headers, body });
  const response = (await answer.json()) as Record<string, { Value: Record<string, { Value: string[] }>[] }>;
  return response['00081199']!.Value[0]!['00081190']!.Value[0]!;
}

/** A frame, counted from 1, as dcmtk sees it. */
async function byDcmtk(path: string, frame: number): Promise<Uint8Array> {
  const picture = join(folder, 'oracle.png');
  expect(spawnSync('dcmj2pnm', ['--no-overlays', '+F', String(frame), '+on', path, picture]).status).toBe(0);
  return rgb(readFileSync(picture));
}

async function rgb(picture: Uint8Array): Promise<Uint8Array> {
  return sharp(picture).removeAlpha().toColourspace('srgb').raw().toBuffer();
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, index) => sum + Math.abs(value - b[index]!), 0) / a.length;
}

for (const [name, frame] of [
  ['I_000003.dcm', 9],
  ['I_000036.dcm', 20],
  ['examples_ybr_color.dcm', 30],
] as const)
  testWith(
    ['dcmj2pnm', `shared:corpus/us/${name}`],
    `frame ${frame} of ${name} is shown in the colours that dcmtk sees`,
    async () => {
      const path = sharedPath('corpus', 'us', name);
      const address = await stored(path);
      const picture = await fetch(`${address}/frames/${frame}/rendered`, { headers: { Accept: 'image/png' } });
      expect(picture.headers.get('content-type')).toBe('image/png');
      const shown = await rgb(new Uint8Array(await picture.arrayBuffer()));
      expect(meanDifference(shown, await byDcmtk(path, frame))).toBeLessThan(2);
      const jpeg = await fetch(`${address}/frames/${frame}/rendered`, { headers: { Accept: 'image/jpeg, */*;q=0.1' } });
      expect(meanDifference(await rgb(new Uint8Array(await jpeg.arrayBuffer())), shown)).toBeLessThan(4);
    },
  );

for (const name of ['OBXXXX1A_expb.dcm', 'ExplVR_BigEnd.dcm'])
  testWith(
    ['dcmconv', `shared:corpus/us/${name}`],
    `the pixel data of ${name}, big endian or deflated in the file, are given in little endian`,
    async () => {
      const [big, little, deflated] = [sharedPath('corpus', 'us', name), ...['little', 'deflated'].map(inFolder)];
      expect(spawnSync('dcmconv', ['+te', big, little!]).status).toBe(0);
      expect(spawnSync('dcmconv', ['+td', big, deflated!]).status).toBe(0);
      const pixelData = await bulkData(await stored(big));
      expect(pixelData.length).toBeGreaterThan(10_000);
      expect(readFileSync(little!).includes(pixelData)).toBe(true);
      archive.forget();
      expect(await bulkData(await stored(deflated!))).toEqual(pixelData);
    },
  );

function inFolder(name: string): string {
  return join(folder, name);
}

async function bulkData(address: string): Promise<Buffer> {
  const answer = await fetch(`${address}/bulkdata`, { headers: { Accept: 'application/octet-stream' } });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'application/octet-stream;transfer-syntax=1.2.840.10008.1.2.1',
  ]);
  return Buffer.from(await answer.arrayBuffer());
}

testWith(['shared:corpus/us/gdcm-US-ALOKA-16.dcm'], 'a long palette is named in the metadata, and given', async () => {
  const path = sharedPath('corpus', 'us', 'gdcm-US-ALOKA-16.dcm');
  const address = await stored(path);
  const [metadata] = (await (await fetch(`${address}/metadata`)).json()) as Record<string, { BulkDataURI?: string }>[];
  const uri = metadata!['00281221']!.BulkDataURI!;
  expect(uri).toBe(`${address}/bulkdata/00281221`);
  const answer = await fetch(uri, { headers: { Accept: 'application/octet-stream' } });
  const palette = Buffer.from(await answer.arrayBuffer());
  expect(palette.length).toBe(87_818);
  expect(readFileSync(path).includes(palette)).toBe(true);
  const parts = await fetch(uri, { headers: { Accept: 'multipart/related; type="application/octet-stream"' } });
  expect(Buffer.from(await parts.arrayBuffer()).includes(palette)).toBe(true);
  expect((await fetch(`${address}/bulkdata/00100010`)).status).toBe(404);
  expect((await fetch(uri, { headers: { Accept: 'image/jpeg' } })).status).toBe(406);
});

// What OHIF, Weasis, the dicomweb-client of Python and curl send.
for (const accept of [
  'multipart/related; type="application/octet-stream"; transfer-syntax=*',
  'multipart/related; type=application/octet-stream; transfer-syntax=*',
  'multipart/related;type="image/jpeg";transfer-syntax=1.2.840.10008.1.2.4.50, multipart/related;type="application/octet-stream";transfer-syntax=1.2.840.10008.1.2.1;q=0.5',
  'multipart/related; type="image/jls"; q=1, multipart/related; type="image/jpeg"; q=0.9, */*;q=0.1',
  'multipart/related; type="image/*"',
  '*/*',
])
  testWith(['shared:corpus/us/I_000009.dcm'], `a viewer that accepts ${accept} is given a JPEG frame`, async () => {
    const address = await stored(sharedPath('corpus', 'us', 'I_000009.dcm'));
    const answer = await fetch(`${address}/frames/2`, { headers: { Accept: accept } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^multipart\/related; type="image\/jpeg"; boundary=/);
    const body = Buffer.from(await answer.arrayBuffer());
    expect(body.toString('latin1')).toMatch(
      /Content-Type: image\/jpeg;transfer-syntax=1\.2\.840\.10008\.1\.2\.4\.50\r\n/,
    );
  });

testWith(['curl', 'shared:corpus/us/I_000009.dcm'], 'curl finds, describes and retrieves', async () => {
  const path = sharedPath('corpus', 'us', 'I_000009.dcm');
  const address = await stored(path);
  const file = join(folder, 'curl.dcm');
  await curl('-H', 'Accept: application/dicom', '-o', file, address);
  expect(readFileSync(file)).toEqual(readFileSync(path));
  const metadata = JSON.parse(await curl(`${address}/metadata`)) as Record<string, { BulkDataURI?: string }>[];
  expect(metadata[0]!['7FE00010']!.BulkDataURI).toBe(`${address}/bulkdata`);
  const missing = JSON.parse(await curl(`${server.url}/dicom-web/studies/1.2.3.4/metadata`)) as { type: string };
  expect(missing.type).toBe('urn:apical:NOT_FOUND');
});

async function curl(...given: readonly string[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile('curl', ['-s', ...given], (_, stdout) => resolve(stdout));
  return promise;
}
