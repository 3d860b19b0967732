import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import { importEmbedded } from '#models/import-embedded';
import { sealManifest } from '#models/import/manifest';
import { openImportedModel, readManifest } from '#models/imported-model';
import { sharedPath, testWith } from '#test/support/peers';

const needs = ['shared:reference/echoclip_tiny/open_clip_model.safetensors'];
const tiny = (name: string) => sharedPath('reference', 'echoclip_tiny', name);
let [base, from, into] = ['', '', ''];
const request = () => ({ from, into, id: 'own', phantomOnly: true });
const fail = () => Promise.reject(new Error('not to be called'));
const bornAt = async () => (await stat(join(into, 'manifest.json'))).mtimeMs;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'embedded-'));
});
beforeEach(async () => {
  const folder = await mkdtemp(join(base, 'case-'));
  [from, into] = [join(folder, 'weights'), join(folder, 'models', 'own')];
  await mkdir(from);
});
afterAll(() => rm(base, { recursive: true, force: true }));

const lay = async (name = 'open_clip_model.safetensors') => {
  await copyFile(tiny('open_clip_config.json'), join(from, 'open_clip_config.json'));
  await copyFile(tiny(name), join(from, 'open_clip_model.safetensors'));
  await importEmbedded(request());
  return bornAt();
};

describe('weights that ship with us', () => {
  testWith(needs, 'are imported once', async () => {
    const first = await lay();
    await importEmbedded(request());
    expect(await bornAt()).toBe(first);
    expect(await readManifest(into)).toMatchObject({ id: 'own', phantomOnly: true });
  });

  testWith(needs, 'can be run in either precision', async () => {
    await lay();
    const opened: string[] = [];
    const runtime = { open: async (path: string) => (opened.push(basename(path)), { run: fail, close: fail }) };
    for (const precision of ['fp32', 'fp16'] as const) {
      const model = await openImportedModel(into, 'clip', { runtime, precision });
      for (const role of ['image', 'text', 'saliency', 'grad-cam'] as const) await model.open(role);
    }
    const single = ['image.onnx', 'text.onnx', 'saliency.onnx', 'grad-cam.onnx'];
    const half = ['image.float16.onnx', 'text.float16.onnx', 'saliency.float16.onnx', 'grad-cam.onnx'];
    expect(opened).toEqual([...single, ...half]);
  });

  testWith(needs, 'are imported again when they are others', async () => {
    await lay();
    const before = await readManifest(into);
    await lay('open_clip_model.bf16.safetensors');
    expect((await readManifest(into)).digest).not.toBe(before.digest);
  });

  testWith(needs, 'are imported again when a graph is damaged, or the manifest is', async () => {
    await lay();
    const graph = await readFile(join(into, 'image.onnx'));
    await writeFile(join(into, 'image.onnx'), graph.subarray(0, -1));
    await importEmbedded(request());
    expect(await readFile(join(into, 'image.onnx'))).toEqual(graph);
    await writeFile(join(into, 'manifest.json'), '{');
    await importEmbedded(request());
    expect(await readManifest(into)).toMatchObject({ id: 'own' });
  });

  testWith(needs, 'are imported again when the importer has changed', async () => {
    await lay();
    const { digest: _, ...manifest } = await readManifest(into);
    const older = sealManifest({ ...manifest, importer: 'apical models 0' });
    await writeFile(join(into, 'manifest.json'), JSON.stringify(older));
    await importEmbedded(request());
    expect((await readManifest(into)).importer).toBe(manifest.importer);
  });

  testWith(needs, 'are imported again when their thresholds changed', async () => {
    await lay();
    await writeFile(join(from, 'calibration.json'), '{"new": true}');
    await importEmbedded(request());
    expect(await readFile(join(into, 'calibration.json'), 'utf8')).toBe('{"new": true}');
  });

  testWith(needs, 'that are missing are a failure', async () => {
    await expect(importEmbedded({ ...request(), from: join(from, 'nowhere') })).rejects.toThrow();
  });
});
