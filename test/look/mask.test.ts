import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maskingOf } from '#evaluate/masking';
import { prepareClip } from '#look/prepare';
import { makePhantomClip, type PhantomClip } from '#models/phantom/clip';
import { encodePhantom } from '#models/phantom/phantom-dicom';
import { phantomViews } from '#models/phantom/recordings';
import { identityOf } from '#models/phantom/study';

const folder = mkdtempSync(join(tmpdir(), 'apical-mask-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const size = 224;
const frameIndices = [0, 2, 4, 6, 8, 10, 12];

async function prepared(clip: PhantomClip, name: string) {
  const path = join(folder, `${name}.dcm`);
  const identity = identityOf({ seed: name, patientId: 'P', patientName: 'PHANTOM', startedAt: 0 }, 0);
  writeFileSync(path, await encodePhantom(clip, identity));
  return prepareClip(path, { frameIndices, size, region: clip.regions[0]!.box });
}

describe.each(Array.from({ length: 8 }, (_, index) => ({ index, view: phantomViews[index % phantomViews.length]! })))(
  'phantom $index, $view',
  ({ index, view }) => {
    test('is masked to its sector: at least 99 % of it is kept, and no text or trace is left', async () => {
      const clip = makePhantomClip({ seed: `mask-${index + 16}`, view, frames: 16, frameTimeMs: 66 });
      const masked = await prepared(clip, `${index}`);
      const { sectorKept, burnedInLeft } = maskingOf(masked, clip.truth.sector, {
        width: clip.columns,
        height: clip.rows,
      });
      expect(sectorKept).toBeGreaterThanOrEqual(0.99);
      expect(burnedInLeft).toBe(0);
    });
  },
);

test.each([
  // Little of it is bright: walls that hang together with nothing, and a tip of thirty pixels.
  ['evaluate-view-tune-a-60', 'PSAX', 14, 33.333],
  ['evaluate-tune-b-18', 'A4C', 24, 55],
  // An ECG runs along the arc, and only the rim that JPEG gave its line reaches into the sector.
  ['evaluate-tune-b-7', 'A4C', 24, 55],
  // An R wave ends in the sector, the rest of the ECG lies just below: painting it over must not bring anything there.
  ['evaluate-view-meadow-38', 'PLAX', 14, 33.333],
] as const)('%s is masked to its sector too', async (seed, view, frames, frameTimeMs) => {
  const clip = makePhantomClip({ seed, view, frames, frameTimeMs });
  const masking = maskingOf(await prepared(clip, seed), clip.truth.sector, { width: clip.columns, height: clip.rows });
  expect(masking.sectorKept).toBeGreaterThanOrEqual(0.99);
  expect(masking.burnedInLeft).toBe(0);
});
