import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createComposer } from '#compose/composer';
import { bufferSource } from '#dicom/byte-source';
import { readPart10 } from '#dicom/part10';
import { toDicomJson } from '#dicom/values';
import type { DicomJson } from '#domain/instance';
import type { ComposedDocument, Composition } from '#src/ports';
import { readReport } from '#templates/read-report';
import { testWith } from '#test/support/peers';
import { aComposition, columns, makeSource, rows, temporaryFolder, withoutView } from './composition.ts';

const composer = createComposer({
  colours: 'red-green',
  reportClass: 'comprehensive-sr',
  overlayEncoding: 'jpeg',
  softwareVersion: '0.1.0',
  optionalReports: ['segmentation'],
});
const folder = temporaryFolder();
let source: Composition['sources'][number];
let composed: readonly ComposedDocument[];
let map: ComposedDocument;
beforeAll(async () => {
  source = await makeSource(folder.path);
  composed = await composer.compose(aComposition(source, { isPhantomOnly: true }));
  map = composed.find(({ document }) => document.kind === 'segmentation')!;
});
afterAll(() => folder[Symbol.dispose]());

const json = ({ bytes }: ComposedDocument): DicomJson => toDicomJson(readPart10(bufferSource(Buffer.from(bytes))));
const value = (dataset: DicomJson, tag: string): unknown => dataset[tag]?.Value?.[0];
const items = (dataset: DicomJson, tag: string) => (dataset[tag]?.Value ?? []) as readonly DicomJson[];

test('a map lies pixel for pixel over its source: high where the model looked, 0 outside what it was shown', () => {
  const dataset = json(map);
  expect([value(dataset, '00280010'), value(dataset, '00280011'), value(dataset, '00280008')]).toEqual([
    rows,
    columns,
    4,
  ]);
  const pixels = Buffer.from(map.bytes).subarray(-4 * rows * columns);
  const at = (x: number, y: number) => pixels[2 * rows * columns + y * columns + x];
  // The model's square is 64..256 by 24..216, and its upper left quarter is where the map is 1.
  expect([at(80, 40), at(240, 200), at(10, 40), at(300, 40)]).toEqual([255, 0, 0, 0]);
});

test('it calls itself no probability', () => {
  const dataset = json(map);
  expect([value(dataset, '00620001'), value(dataset, '00620010'), value(dataset, '0062000E')]).toEqual([
    'FRACTIONAL',
    'OCCUPANCY',
    255,
  ]);
  const [segment] = items(dataset, '00620002');
  expect(value(segment!, '00620006')).toMatch(/PHANTOM MODEL, NOT FOR PATIENTS For research use only.*no probability/);
});

test('every frame names the frame of the clip that it lies over', () => {
  const frames = items(json(map), '52009230').map((group) => {
    const [origin] = items(items(group, '00089124')[0]!, '00082112');
    return [value(origin!, '00081155'), value(origin!, '00081160')];
  });
  const { sopInstance } = source.instance.facts;
  expect(frames).toEqual([1, 3, 5, 7].map((frame) => [sopInstance, frame]));
});

test('it has the tracking UID that the finding has in the measurement report', () => {
  const report = composed.find(({ document }) => document.kind === 'sr')!;
  const { groups } = readReport(json(report));
  const [segment] = items(json(map), '00620002');
  const group = groups.find(({ trackingUid }) => trackingUid === value(segment!, '00620021'));
  expect(group?.trackingIdentifier).toBe(value(segment!, '00620020'));
});

test('one is written for each overlay, and changes nothing in the other documents', async () => {
  const without = await createComposer({
    colours: 'red-green',
    reportClass: 'comprehensive-sr',
    overlayEncoding: 'jpeg',
    softwareVersion: '0.1.0',
  }).compose(aComposition(source, { isPhantomOnly: true }));
  expect(composed.filter(({ document }) => document.kind !== 'segmentation')).toEqual(without);
  expect(composed.filter(({ document }) => document.kind === 'segmentation')).toHaveLength(2);
  const nothing = await composer.compose(withoutView(source));
  expect(nothing.map(({ document }) => document.kind)).toEqual(['sr', 'text-sr']);
});

testWith(['dciodvfy'], 'a foreign validator finds nothing wrong with it', () => {
  const file = join(folder.path, 'map.dcm');
  writeFileSync(file, map.bytes);
  const { status, stdout, stderr } = spawnSync('dciodvfy', ['-new', file], { encoding: 'utf8' });
  expect([status, (stdout + stderr).split('\n').filter((line) => line.startsWith('Error'))]).toEqual([0, []]);
});

// No program but a library, and not among the peers that every machine has.
const hasHighdicom = spawnSync('python3', ['-c', 'import highdicom']).status === 0;
(hasHighdicom ? test : test.skip)('highdicom reads the map', () => {
  const file = join(folder.path, 'map.dcm');
  writeFileSync(file, map.bytes);
  const script = `import highdicom as h, sys; s = h.seg.segread(sys.argv[1]); print(s.segmentation_type.name, s.segmentation_fractional_type.name, s.pixel_array.shape, int(s.pixel_array.max()))`;
  const { stdout } = spawnSync('python3', ['-c', script, file], { encoding: 'utf8' });
  expect(stdout.trim()).toBe(`FRACTIONAL OCCUPANCY (4, ${rows}, ${columns}) 255`);
});
