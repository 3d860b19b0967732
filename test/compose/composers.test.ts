import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createComposer } from '#compose/composer';
import { openComposers } from '#compose/composers';
import type { Composition } from '#src/ports';
import { aComposition, makeSource, temporaryFolder } from './composition.ts';

const settings = {
  colours: 'red-green',
  reportClass: 'comprehensive-sr',
  overlayEncoding: 'native',
  softwareVersion: '0.1.0',
  optionalReports: ['pdf', 'segmentation'],
} as const;
const composers = openComposers({ timeLimitMs: 60_000, memoryLimitMb: 512 });
const folder = temporaryFolder();
let source: Composition['sources'][number];
beforeAll(async () => {
  source = await makeSource(folder.path);
});
afterAll(async () => {
  await composers.close();
  folder[Symbol.dispose]();
});

test('documents composed in a thread are the very same', async () => {
  const here = await createComposer(settings).compose(aComposition(source));
  const there = await composers.of(settings).compose(aComposition(source));
  expect(there.map(({ document }) => document)).toEqual(here.map(({ document }) => document));
  for (const [index, { bytes }] of here.entries()) expect(Buffer.compare(bytes, there[index]!.bytes)).toBe(0);
});

test('what cannot be composed is told by its fault', async () => {
  const composition = aComposition(source);
  const [overlay] = composition.overlays;
  const overlays = [{ ...overlay!, frames: { ...overlay!.frames, pixels: [] } }];
  await expect(composers.of(settings).compose({ ...composition, overlays })).rejects.toMatchObject({
    code: 'REPORT_INVALID',
  });
});
