import { mkdir, rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { parseMediaType } from '#dicomweb/media-type';
import { readParts } from '#dicomweb/multipart';
import { createDicomWebRouter } from '#dicomweb/server/router';
import { AgentError } from '#domain/errors';
import { makeDicom } from '#test/support/make-dicom';
import { createArchive } from './archive.ts';
import { serve } from './serve.ts';
import { createServed, one, other, report, type Served, two, viewer } from './served.ts';

let served: Served;

beforeAll(async () => {
  served = await createServed();
});

afterAll(() => served.stop());

function get(path: string, accept?: string) {
  return fetch(`${served.url}/dicom-web${path}`, accept === undefined ? {} : { headers: { Accept: accept } });
}

async function find(path: string): Promise<any[]> {
  const answer = await get(path);
  expect(answer.headers.get('content-type') ?? answer.status).toBe(
    answer.status === 204 ? 204 : 'application/dicom+json',
  );
  return answer.status === 204 ? [] : await answer.json();
}

async function partsOf(answer: Response) {
  const boundary = parseMediaType(answer.headers.get('content-type')!)!.parameters.get('boundary')!;
  const parts = [];
  const fault = (sentence: string) => new AgentError('REQUEST_INVALID', sentence);
  for await (const { headers, body } of readParts(answer.body!, { boundary, headerBytesMax: 1000, fault })) {
    const chunks = [];
    for await (const chunk of body) chunks.push(chunk);
    parts.push({
      type: headers.get('content-type'),
      location: headers.get('content-location'),
      bytes: Buffer.concat(chunks),
    });
  }
  return parts;
}

const uids = (found: any[], tag: string) => found.map((dataset) => dataset[tag].Value[0]);

test('studies are found, newest first, with what a search must return', async () => {
  const found = await find('/studies');
  expect(uids(found, '0020000D')).toEqual(['1.2.1', '1.2.2']);
  expect(found[0]).toMatchObject({
    '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
    '00080061': { vr: 'CS', Value: ['US', 'SR'] },
    '00081190': { vr: 'UR', Value: [`${served.url}/dicom-web/studies/1.2.1`] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Ōsaka^Tarō' }] },
    '00201206': { vr: 'IS', Value: [2] },
    '00201208': { vr: 'IS', Value: [3] },
  });
  expect(found[0]['00080060']).toBeUndefined();
});

test.each([
  ['/studies?PatientID=P2', '0020000D', ['1.2.2']],
  ['/studies?PatientName=%C5%8Dsaka*', '0020000D', ['1.2.1']],
  ['/studies?StudyDate=20260101-20260131&ModalitiesInStudy=SR', '0020000D', ['1.2.1']],
  ['/studies?StudyInstanceUID=1.2.1,1.2.2', '0020000D', ['1.2.1', '1.2.2']],
  ['/studies?SeriesInstanceUID=1.2.1.2', '0020000D', ['1.2.1']],
  ['/studies?limit=1&offset=1', '0020000D', ['1.2.2']],
  ['/studies?PatientID=P*&limit=1&offset=1', '0020000D', ['1.2.2']],
  ['/studies?offset=2', '0020000D', []],
  ['/studies?PatientID=nobody', '0020000D', []],
  ['/series?Modality=SR', '0020000E', ['1.2.1.2']],
  ['/studies/1.2.1/series', '0020000E', ['1.2.1.1', '1.2.1.2']],
  ['/instances?SOPInstanceUID=1.2.1.1.2', '00080018', ['1.2.1.1.2']],
  ['/instances?offset=2', '00080018', ['1.2.1.2.1', '1.2.2.1.1']],
  ['/studies/1.2.1/instances?Modality=SR', '00080018', ['1.2.1.2.1']],
  ['/studies/1.2.1/series/1.2.1.1/instances?InstanceNumber=2', '00080018', ['1.2.1.1.2']],
  ['/studies/1.2.9/series', '0020000E', []],
])('%s', async (path, tag, expected) => {
  expect(uids(await find(path), tag)).toEqual(expected);
});

test('the levels above are told where the address does not name them', async () => {
  const [below] = await find('/studies/1.2.1/series/1.2.1.1/instances?limit=1');
  expect(Object.keys(below)).toEqual(expect.not.arrayContaining(['0020000D', '0020000E', '00100010']));
  const [free] = await find('/instances?limit=1&includefield=FrameTime');
  expect(free).toMatchObject({
    '0020000D': { Value: ['1.2.1'] },
    '0020000E': { Value: ['1.2.1.1'] },
    '00181063': { vr: 'DS' },
  });
  expect(free['00081190'].Value).toEqual([`${served.url}/dicom-web/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1`]);
});

test('more results than may be given at once are announced', async () => {
  const answer = await get('/instances?limit=100');
  expect(await answer.json()).toHaveLength(3);
  expect(answer.headers.get('warning')).toMatch(/^299 .*additional results/);
});

test('an instance comes back byte for byte, as multipart or alone', async () => {
  const path = '/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1';
  const [part] = await partsOf(await get(path, 'multipart/related; type="application/dicom"; transfer-syntax=*'));
  expect(part).toEqual({
    type: 'application/dicom;transfer-syntax=1.2.840.10008.1.2.1',
    location: `${served.url}/dicom-web${path}`,
    bytes: makeDicom(one),
  });
  const alone = await get(path, 'application/dicom');
  expect(Buffer.from(await alone.arrayBuffer())).toEqual(makeDicom(one));
});

test('a study comes as all of its instances', async () => {
  const parts = await partsOf(await get('/studies/1.2.1'));
  expect(parts.map(({ bytes }) => bytes)).toEqual([one, two, report].map((wanted) => makeDicom(wanted)));
});

test('metadata holds every attribute and says where the pixels are', async () => {
  const [found] = await find('/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/metadata');
  expect(found['00280008'].Value).toEqual([3]);
  expect(found['00083002'].Value).toEqual(['1.2.840.10008.1.2.1']);
  const bulk = await fetch(found['7FE00010'].BulkDataURI);
  const [whole, ...others] = await partsOf(bulk);
  expect(others).toEqual([]);
  expect([0, 16, 32].map((at) => whole!.bytes[at])).toEqual(one.frames);
  expect(await find('/studies/1.2.1/metadata')).toHaveLength(3);
});

test('frames come in the order asked, counted from one', async () => {
  const path = '/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1';
  const parts = await partsOf(await get(`${path}/frames/3,1`, 'multipart/related; type="application/octet-stream"'));
  expect(parts.map(({ bytes, location }) => [bytes[0], bytes.length, location])).toEqual([
    [90, 16, `${served.url}/dicom-web${path}/frames/3`],
    [10, 16, `${served.url}/dicom-web${path}/frames/1`],
  ]);
});

test('a frame is drawn as JPEG or PNG, and small as a thumbnail', async () => {
  const path = '/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1';
  const png = await get(`${path}/frames/2/rendered`, 'image/png');
  const { data, info } = await sharp(await png.arrayBuffer())
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.format, info.width, data[0]]).toEqual(['raw', 4, 200]);
  const jpeg = await get(`${path}/rendered?viewport=2,2&quality=100`);
  expect(await sharp(await jpeg.arrayBuffer()).metadata()).toMatchObject({ format: 'jpeg', width: 2 });
  expect((await get('/studies/1.2.1/thumbnail')).headers.get('content-type')).toBe('image/jpeg');
});

test.each([
  ['/studies/1.2.77', undefined, 404],
  ['/studies/1.2.77/metadata', undefined, 404],
  ['/studies/..%2f..%2fetc', undefined, 400],
  ['/studies/abc/metadata', undefined, 400],
  ['/studies?NoSuch=1', undefined, 400],
  ['/studies', 'application/dicom+xml', 406],
  ['/studies', 'multipart/related; type="application/dicom+xml"', 406],
  ['/studies/1.2.1', 'image/jpeg', 406],
  ['/studies/1.2.1', 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.50', 406],
  ['/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1', 'multipart/related; type="image/jpeg"', 406],
  ['/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/4', undefined, 404],
  ['/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/0', undefined, 400],
  ['/studies/1.2.1/series/1.2.1.2/instances/1.2.1.2.1/rendered', undefined, 406],
  ['/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/rendered', 'video/mp4', 406],
  ['/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/rendered?viewport=99999,1', undefined, 400],
])('GET %s accepting %s is answered %d', async (path, accept, status) => {
  const answer = await get(path, accept);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
});

test('a file that fails while it is sent breaks the answer off, and is no whole answer', async () => {
  const { file, facts } = served.archive.instances.find(({ facts }) => facts.sopInstance === other.sopInstance)!;
  const path = served.archive.files.path({ file });
  await rm(path);
  await mkdir(path); // it can be found, but not read
  const answer = await get(`/studies/${facts.study}/series/${facts.series}`);
  expect(answer.status).toBe(200);
  await expect(answer.arrayBuffer()).rejects.toThrow();
});

test('an object that is missing on disk is answered before a byte is sent', async () => {
  const lost = await createArchive();
  const router = createDicomWebRouter({
    ...served.archive,
    files: lost.files,
    reader: { frames: () => Promise.reject(new Error()) },
    publish: () => {},
    limits: { resultsMax: 3, partsMax: 5 },
  });
  const bare = await serve((app) => app.use(router.routes()));
  expect((await fetch(`${bare.url}/dicom-web/studies/1.2.1`)).status).toBe(410);
  await bare.stop();
  await lost.remove();
});

test('a viewer of a named origin may read, another may not', async () => {
  const from = (Origin: string, method: string) =>
    fetch(`${served.url}/dicom-web/studies`, { method, headers: { Origin } });
  const preflight = await from(viewer, 'OPTIONS');
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toMatch(/Authorization/);
  expect((await from(viewer, 'GET')).headers.get('access-control-allow-origin')).toBe(viewer);
  expect((await from('https://evil.example', 'GET')).headers.get('access-control-allow-origin')).toBeNull();
  expect((await from('https://evil.example', 'OPTIONS')).headers.get('access-control-allow-methods')).toBeNull();
});

test('a method that a resource does not have is answered 405', async () => {
  expect((await fetch(`${served.url}/dicom-web/studies`, { method: 'DELETE' })).status).toBe(405);
});

test('nothing unexpected has happened in these tests', () => {
  expect(served.events).toEqual([]);
});
