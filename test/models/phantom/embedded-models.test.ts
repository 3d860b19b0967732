import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PreparedClip } from '#domain/clip';
import { prepareClip } from '#look/prepare';
import { openEchoClip } from '#models/echoclip/model';
import { makePhantomClip, type PhantomClip } from '#models/phantom/clip';
import { encodePhantom } from '#models/phantom/phantom-dicom';
import type { PhantomView } from '#models/phantom/views/of-view';
import { provideModel } from '#models/provide';
import { openRuntime, type Runtime } from '#models/runtime';
import { openViewClassifier } from '#models/view-classifier/model';
import type { FindingModel, ViewClassifier } from '#src/ports';
import { identity } from './identity.ts';

// From a DICOM file to the answer, on phantoms whose seeds training never saw.

const folder = mkdtempSync(join(tmpdir(), 'apical-embedded-'));
let runtime: Runtime;
let echoClip: FindingModel;
let classifier: ViewClassifier;

beforeAll(async () => {
  runtime = await openRuntime({ providers: ['cpu'], strict: false, threads: 1 });
  const provided = (id: string) => provideModel({ id, modelsFolder: folder });
  echoClip = await openEchoClip({ folder: await provided('phantom-echoclip'), runtime, method: 'grad-cam' });
  classifier = await openViewClassifier({
    folder: await provided('phantom-view-classifier'),
    runtime,
    scoreMin: 0.5,
  });
}, 120_000);
afterAll(async () => {
  await runtime?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function prepared(clip: PhantomClip): Promise<PreparedClip> {
  const path = join(folder, 'clip.dcm');
  writeFileSync(path, await encodePhantom(clip, identity));
  const { box } = clip.regions[0]!;
  return prepareClip(path, {
    frameIndices: echoClip.selectFrames(clip.frames.length),
    size: echoClip.size,
    region: box,
  });
}

describe('apical four-chamber clips', () => {
  const hearts = [
    { ejectionFraction: 20, effusionWidth: 0, hasPacemakerLead: true, hasMitraClip: false },
    { ejectionFraction: 40, effusionWidth: 1.8, hasPacemakerLead: false, hasMitraClip: true },
    { ejectionFraction: 62, effusionWidth: 0, hasPacemakerLead: false, hasMitraClip: false },
    { ejectionFraction: 70, effusionWidth: 1.1, hasPacemakerLead: true, hasMitraClip: true },
  ];

  test('their ejection fractions are found within five points on average, and its bounds and what lies in the heart are named and ranked', async () => {
    const errors: number[] = [];
    for (const [index, heart] of hearts.entries()) {
      const clip = await prepared(makePhantomClip({ seed: `embedded-${index}`, view: 'A4C', heart, frames: 24 }));
      const findings = await echoClip.assess([clip], echoClip.definitions);
      const found = (id: string) => findings.find((finding) => finding.id === id)!;
      const fraction = found('left-ventricular-ejection-fraction');
      if (fraction.kind !== 'measured') throw new Error(`not measured but ${fraction.kind}`);
      errors.push(Math.abs(fraction.value - heart.ejectionFraction));
      const lead = found('pacemaker-lead');
      expect(lead).toMatchObject({ kind: 'answered', notable: heart.hasPacemakerLead });
      // Two in five of the hearts that percentiles come from have a lead.
      const percentile = 'percentile' in lead ? lead.percentile : undefined;
      if (heart.hasPacemakerLead) expect(percentile).toBeGreaterThan(55);
      else expect(percentile).toBeLessThan(65);
      expect(found('pericardial-effusion')).toMatchObject({ kind: 'answered', notable: heart.effusionWidth > 0 });
      for (const bound of [50, 30])
        expect(found(`left-ventricular-ejection-fraction-below-${bound}`)).toMatchObject({
          kind: 'answered',
          notable: heart.ejectionFraction < bound,
        });
      // Its text tower never read of sizes: nothing is concluded from its similarity.
      expect(found('pericardial-effusion-size')).toMatchObject({ kind: 'similarity-only' });
      expect(found('mitraclip')).toMatchObject({ kind: 'answered', notable: heart.hasMitraClip });
    }
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThanOrEqual(5);
  }, 120_000);
});

test('the view of a clip is recognised', async () => {
  for (const view of ['A4C', 'A2C', 'PLAX', 'PSAX', 'subcostal', 'SSN'] satisfies PhantomView[]) {
    const reading = await classifier.classify(
      await prepared(makePhantomClip({ seed: `view-${view}`, view, frames: 12 })),
    );
    expect(reading).toMatchObject({ kind: 'recognised', view });
  }
}, 120_000);
