import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { api } from 'dicomweb-client';
import { readEncodedFrames } from '#dicom/frame-index';
import { createDicomWebRouter } from '#dicomweb/server/router';
import { makeDicom } from '#test/support/make-dicom';
import { sharedPath, testWith } from '#test/support/peers';
import { createArchive, type TestArchive } from './archive.ts';
import { BrowserRequest } from './browser-request.ts';
import { serve } from './serve.ts';

// dicomweb-client, which the viewers of the field use, talks to our server.
let archive: TestArchive;
let server: Awaited<ReturnType<typeof serve>>;
let client: any;

beforeAll(async () => {
  archive = await createArchive();
  const router = createDicomWebRouter({
    ...archive,
    reader: { frames: () => Promise.reject(new Error()) },
    publish: () => {},
    limits: { resultsMax: 100, partsMax: 5 },
  });
  server = await serve((app) => app.use(router.routes()));
  client = new api.DICOMwebClient({ url: `${server.url}/dicom-web`, verbose: false, singlepart: false });
});

afterAll(async () => {
  await server.stop();
  await archive.remove();
});

const fresh = () => ({ request: { instance: new BrowserRequest() } });
const bytes = (buffer: ArrayBuffer) => Buffer.from(buffer);

test('what dicomweb-client stores it finds, describes and reads again', async () => {
  expect(await client.searchForStudies(fresh())).toEqual([]);
  const files = [1, 2].map((number) =>
    makeDicom({ study: '1.2.1', series: '1.2.1.1', sopInstance: `1.2.1.1.${number}`, frames: [10, 20, number] }),
  );
  const stored = await client.storeInstances({
    datasets: files.map((file) => Uint8Array.from(file).buffer),
    ...fresh(),
  });
  expect(JSON.parse(stored)['00081199'].Value).toHaveLength(2);

  const place = { studyInstanceUID: '1.2.1', seriesInstanceUID: '1.2.1.1', sopInstanceUID: '1.2.1.1.2' };
  const [study] = await client.searchForStudies({ queryParams: { PatientName: 'test*', limit: 1 }, ...fresh() });
  expect(study['00201208'].Value).toEqual([2]);
  expect(await client.searchForSeries({ studyInstanceUID: '1.2.1', ...fresh() })).toHaveLength(1);
  expect(await client.searchForInstances({ ...place, ...fresh() })).toHaveLength(2);
  const [described] = await client.retrieveSeriesMetadata({ ...place, ...fresh() });
  expect(described['00280008'].Value).toEqual([3]);
  expect(bytes(await client.retrieveInstance({ ...place, ...fresh() }))).toEqual(files[1]);
  expect((await client.retrieveSeries({ ...place, ...fresh() })).map(bytes)).toEqual(files);
  const frames = await client.retrieveInstanceFrames({ ...place, frameNumbers: [1, 3], ...fresh() });
  expect(frames.map((frame: ArrayBuffer) => bytes(frame)[0])).toEqual([10, 2]);
});

testWith(['shared:corpus/us/I_000009.dcm'], 'a compressed clip gives its frames as they are stored', async () => {
  const path = sharedPath('corpus', 'us', 'I_000009.dcm');
  const dataset = Uint8Array.from(await readFile(path)).buffer;
  const stored = JSON.parse(await client.storeInstances({ datasets: [dataset], ...fresh() }));
  const [, studyInstanceUID, , seriesInstanceUID, , sopInstanceUID] = /studies\/(.*)/
    .exec(stored['00081199'].Value[0]['00081190'].Value[0])![0]
    .split('/');
  const options = {
    studyInstanceUID,
    seriesInstanceUID,
    sopInstanceUID,
    frameNumbers: Array.from({ length: 10 }, (_, at) => at + 1),
  };
  const mediaTypes = [{ mediaType: 'image/jpeg', transferSyntaxUID: '1.2.840.10008.1.2.4.50' }];
  const frames = await client.retrieveInstanceFrames({ ...options, mediaTypes, ...fresh() });
  const { frames: expected } = readEncodedFrames(
    path,
    options.frameNumbers.map((number) => number - 1),
  );
  expect(frames.map(bytes)).toEqual(expected);

  const address = `${server.url}/dicom-web/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${sopInstanceUID}`;
  const asViewers = await fetch(`${address}/frames/7`, {
    headers: { Accept: 'multipart/related; type=application/octet-stream; transfer-syntax=*' },
  });
  expect(asViewers.headers.get('content-type')).toMatch(/^multipart\/related; type="image\/jpeg"/);
  const alone = await fetch(`${address}/frames/7`, { headers: { Accept: 'image/jpeg' } });
  expect(alone.headers.get('content-type')).toBe('image/jpeg;transfer-syntax=1.2.840.10008.1.2.4.50');
  expect(bytes(await alone.arrayBuffer())).toEqual(expected[6]);
});
