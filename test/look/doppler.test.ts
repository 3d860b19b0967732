import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeader } from '#dicom/header';
import { judgeHeader, judgePixels } from '#domain/eligibility';
import { prepareClip } from '#look/prepare';
import { makePhantomClip, type PhantomKind } from '#models/phantom/clip';
import { encodePhantom } from '#models/phantom/phantom-dicom';
import type { PhantomView } from '#models/phantom/views/of-view';
import { identityOf } from '#models/phantom/study';

// Colour Doppler whose header says nothing of it, and in which hardly anything flows: a suprasternal view, whose aorta is
// the only vessel in the box, and fills for a third of the beat.

const folder = mkdtempSync(join(tmpdir(), 'apical-doppler-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function judged(seed: string, view: PhantomView, kind: PhantomKind) {
  const clip = makePhantomClip({ seed, view, kind, frames: 14 });
  const path = join(folder, 'clip.dcm');
  const identity = identityOf({ seed, patientId: 'P', patientName: 'PHANTOM', startedAt: 0 }, 0);
  writeFileSync(path, await encodePhantom(clip, identity, { habit: 'terse' }));
  const byHeader = judgeHeader(readHeader(path), 10);
  if (byHeader.kind !== 'eligible') throw new Error('the header gives it away');
  const { facts } = await prepareClip(path, { frameIndices: [0, 2, 4, 6, 8, 10, 12], size: 224 });
  return { eligibility: judgePixels(byHeader, facts), coloured: facts.coloured };
}

test('colour Doppler is refused while nothing flows, by its scale', async () => {
  const { eligibility, coloured } = await judged('evaluate-not-closing-14', 'SSN', 'colour-doppler');
  expect(coloured).toBe(0);
  expect(eligibility).toEqual({ kind: 'ineligible', because: 'colour-doppler' });
});

test.each(['evaluate-not-closing-38', 'suprasternal 1', 'suprasternal 2'])(
  'colour Doppler with a little flow is refused: %s',
  async (seed) => {
    const { eligibility } = await judged(seed, 'SSN', 'colour-doppler');
    expect(eligibility).toEqual({ kind: 'ineligible', because: 'colour-doppler' });
  },
);

test('the same in B-mode is looked at', async () => {
  const { eligibility } = await judged('evaluate-not-closing-14', 'SSN', 'b-mode');
  expect(eligibility).toEqual({ kind: 'eligible' });
});
