import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PreparedClip } from '#domain/clip';
import { deriveUid } from '#domain/uid';
import { views } from '#domain/view';
import { importModel } from '#models/import/import-model';
import { readManifest } from '#models/imported-model';
import { sealManifest } from '#models/import/manifest';
import { parseNpy } from '#models/npy';
import { openRuntime, type RuntimeTensor } from '#models/runtime';
import { classesInOrder, viewOfClass } from '#models/view-classifier/classes';
import { openViewClassifier } from '#models/view-classifier/model';
import { sharedPath, testWith } from '#test/support/peers';

const tiny = (...parts: string[]) => sharedPath('reference', 'echoprime_tiny', ...parts);
const size = 2;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'views-'));
  const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'; // of nothing
  const manifest = sealManifest({
    id: 'stand-in',
    name: 'Stand-in',
    manufacturer: 'Maker',
    version: '1',
    phantomOnly: true,
    kind: 'image-classifier',
    imageSize: size,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    files: { classifier: { file: 'classifier.onnx', sha256 } },
    sources: [],
  });
  await mkdir(join(folder, 'stand-in'));
  await writeFile(join(folder, 'stand-in', 'manifest.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'stand-in', 'classifier.onnx'), '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const clip: PreparedClip = {
  sopInstance: deriveUid('clip'),
  pixels: Uint8Array.from({ length: 3 * 12 }, (_, at) => at),
  size,
  frameIndices: [0, 2, 4],
  crop: { x0: 0, y0: 0, x1: 2, y1: 2 },
  facts: { coloured: 0, motion: 1 },
};

/** A classifier whose graph gives these logits, and notes what it is given. */
const classifier = (logits: readonly number[], given: RuntimeTensor[] = [], scoreMin = 0.6) =>
  openViewClassifier({
    folder: join(folder, 'stand-in'),
    scoreMin,
    runtime: {
      provider: 'cpu',
      open: async () => ({
        async run({ pixels }) {
          given.push(pixels!);
          return { logits: { data: Float32Array.from(logits), dims: [1, logits.length] } };
        },
        async close() {},
      }),
    },
  });
const only = (place: number, logit: number) => classesInOrder.map((_, at) => (at === place ? logit : 0));

describe('a view', () => {
  test.each(classesInOrder.map((name, place) => [name, place] as const))(
    'is read off the class %s',
    async (name, place) => {
      const reading = await (await classifier(only(place, 9))).classify(clip);
      expect(reading).toMatchObject({ kind: 'recognised', view: viewOfClass(name) });
      expect(reading.score).toBeCloseTo(Math.exp(9) / (Math.exp(9) + 10), 6);
    },
  );

  test('is unsure where the score is too low: the network has no class for anything else', async () => {
    const reading = await (await classifier(only(2, 1))).classify(clip);
    expect(reading).toMatchObject({ kind: 'unsure', nearest: 'A4C' });
    expect(reading.score).toBeCloseTo(Math.E / (Math.E + 10), 6);
    expect(await (await classifier(only(2, 1), [], 0.2)).classify(clip)).toMatchObject({ kind: 'recognised' });
  });

  test('is told by the first frame alone', async () => {
    const given: RuntimeTensor[] = [];
    await (await classifier(only(0, 9), given)).classify(clip);
    expect(given[0]?.dims).toEqual([1, 3, 2, 2]);
    // Blue first, as the network was trained.
    expect(Array.from(given[0]!.data as Float32Array, (value) => Math.round(value * 255))).toEqual([
      2, 5, 8, 11, 1, 4, 7, 10, 0, 3, 6, 9,
    ]);
  });

  test('covers the views of our domain', () => {
    expect(new Set(classesInOrder.map(viewOfClass))).toEqual(new Set(views));
  });

  test('is never read off a class that is none, scores that are none, or a picture of another size', async () => {
    expect(() => viewOfClass('toString')).toThrow(/no view known here/);
    await expect((await classifier([1, 2, 3])).classify(clip)).rejects.toMatchObject({ code: 'MODEL_UNFIT' });
    await expect((await classifier(only(0, NaN))).classify(clip)).rejects.toMatchObject({ code: 'MODEL_UNFIT' });
    await expect((await classifier(only(0, 9))).classify({ ...clip, size: 4 })).rejects.toMatchObject({
      code: 'MODEL_UNFIT',
    });
  });
});

testWith(
  ['shared:reference/echoprime_tiny/view_classifier.pt'],
  'the reference classifier gives its logits within 1e-4',
  async () => {
    const from = join(folder, 'from');
    await mkdir(from);
    await copyFile(tiny('view_classifier.pt'), join(from, 'view_classifier.pt'));
    await writeFile(join(from, 'config.json'), JSON.stringify({ size: 64 }));
    const into = join(folder, 'tiny');
    const manifest = await importModel({ from: join(from, 'view_classifier.pt'), into, id: 'tiny' });
    const runtime = await openRuntime({ providers: ['cpu'], strict: true, threads: 1 });
    try {
      const session = await runtime.open(join(into, 'classifier.onnx'));
      const images = parseNpy(await readFile(tiny('expected', 'view_images.npy')));
      const expected = parseNpy(await readFile(tiny('expected', 'view_logits.npy'))).values as Float32Array;
      const { logits } = await session.run({ pixels: { data: images.values as Float32Array, dims: images.shape } });
      const worst = (logits!.data as Float32Array).reduce(
        (worst, value, at) => Math.max(worst, Math.abs(value - expected[at]!)),
        0,
      );
      expect(worst / 4.4).toBeLessThan(1e-4);

      // The same through our door, from bytes: the reference pictures undone, blue first.
      const [red, green, blue] = [0, 1, 2].map((channel) =>
        (images.values as Float32Array).subarray(channel * 4096, (channel + 1) * 4096),
      );
      const byte = (value: number, channel: number) =>
        Math.round((value * manifest.std[channel]! + manifest.mean[channel]!) * 255);
      const pixels = new Uint8Array(3 * 4096);
      for (let at = 0; at < 4096; at++)
        pixels.set([byte(blue![at]!, 2), byte(green![at]!, 1), byte(red![at]!, 0)], 3 * at);
      const model = await openViewClassifier({ folder: into, runtime, scoreMin: 0 });
      const reading = await model.classify({ ...clip, pixels, size: 64 });
      const first = Array.from(expected.subarray(0, 11));
      expect(reading).toMatchObject({
        kind: 'recognised',
        view: viewOfClass(classesInOrder[first.indexOf(Math.max(...first))]!),
      });
    } finally {
      await runtime.close();
    }
  },
);

test('a manifest that was changed after the import is refused, whatever it says now', async () => {
  const path = join(folder, 'stand-in', 'manifest.json');
  const sealed = await readFile(path, 'utf8');
  await writeFile(path, sealed.replace('"phantomOnly":true', '"phantomOnly":false'));
  await expect(readManifest(join(folder, 'stand-in'))).rejects.toMatchObject({ detail: /changed after its import/ });
  await writeFile(path, sealed);
  expect(await readManifest(join(folder, 'stand-in'))).toMatchObject({ phantomOnly: true });
});
