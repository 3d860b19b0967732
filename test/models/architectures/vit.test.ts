import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PreparedClip } from '#domain/clip';
import { deriveUid } from '#domain/uid';
import { openEchoClip } from '#models/echoclip/model';
import { importModel } from '#models/import/import-model';
import { parseNpy } from '#models/npy';
import { openRuntime, type Runtime, type RuntimeTensor } from '#models/runtime';
import type { Tokenizer } from '#models/tokenizers/clip-bpe';

// Vectors of open_clip's own transformers with seeded random weights; vit/make_vit.py made them.
const vectors = join(import.meta.dirname, 'vit');
const folder = mkdtempSync(join(tmpdir(), 'vit-'));
let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ providers: ['cpu'], strict: true, threads: 1 });
});
afterAll(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true });
});

describe.each(['gelu', 'quick-gelu'])('CLIP’s vision transformer with %s', (activation) => {
  const from = join(vectors, activation);
  const into = join(folder, activation);
  const golden = (name: string): RuntimeTensor => {
    const { shape, values } = parseNpy(readFileSync(join(from, `${name}.npy`)));
    return { data: values as Float32Array | BigInt64Array, dims: shape };
  };
  const run = async (file: string, inputs: Record<string, RuntimeTensor>) => {
    const session = await runtime.open(join(into, file));
    const outputs = await session.run(inputs);
    await session.close();
    return outputs;
  };
  const deviation = (got: RuntimeTensor | undefined, expected: RuntimeTensor): number => {
    expect(got?.dims).toEqual(expected.dims);
    const theirs = Array.from(expected.data, Number);
    const largest = Math.max(...theirs.map(Math.abs));
    return Math.max(...theirs.map((value, index) => Math.abs(value - Number(got!.data[index])))) / largest;
  };
  beforeAll(async () => {
    await importModel({ from, into, id: 'vit', alsoFloat16: true });
  });

  test.each([
    ['', 1e-5, 1e-4],
    ['.float16', 1e-2, 2e-2],
  ])('gives open_clip’s numbers from image%s.onnx and its siblings', async (precision, tolerance, forGradients) => {
    const image = await run(`image${precision}.onnx`, { pixels: golden('images') });
    expect(deviation(image['embedding'], golden('image_embed'))).toBeLessThan(tolerance);
    expect(image['features']?.dims).toEqual([2, 12, 4, 4]);
    const text = await run(`text${precision}.onnx`, { ids: golden('tokens') });
    expect(deviation(text['embedding'], golden('text_embed'))).toBeLessThan(tolerance);
    const [pixels, target, gradients, cosines] = ['images', 'target', 'grad', 'cosine'].map(golden);
    for (const index of [0, 1]) {
      const one = (tensor: RuntimeTensor | undefined): RuntimeTensor => {
        const { data, dims } = tensor!;
        const length = data.length / 2;
        return { data: data.slice(index * length, (index + 1) * length), dims: [1, ...dims.slice(1)] };
      };
      const { data } = one(target);
      const seen = await run(`saliency${precision}.onnx`, { pixels: one(pixels), target: { data, dims: [6] } });
      expect(deviation(seen['gradient'], one(gradients))).toBeLessThan(forGradients);
      expect(Math.abs(Number(seen['cosine']!.data[0]) - Number(cosines!.data[index]))).toBeLessThan(tolerance);
    }
  });
});

test.each([
  ['heads that do not divide the width', { head_width: 5 }, /heads of 5, which do not divide the width 12/],
  ['patches that do not fill a picture', { image_size: 18 }, /18 pixels, which patches of 4 do not fill/],
  [
    'another size than its places are for',
    { image_size: 20 },
    /visual\.positional_embedding is \[17, 12\], not \[26, 12\]/,
  ],
  ['an average in place of the class row', { global_average_pool: true }, /global_average_pool/],
])('a configuration with %s is refused', async (_, vision, message) => {
  const from = mkdtempSync(join(folder, 'refused-'));
  cpSync(join(vectors, 'gelu'), from, { recursive: true });
  const path = join(from, 'open_clip_config.json');
  const config: any = JSON.parse(readFileSync(path, 'utf8'));
  Object.assign(config.model_cfg.vision_cfg, vision);
  writeFileSync(path, JSON.stringify(config));
  await expect(importModel({ from, into: join(from, 'model'), id: 'm' })).rejects.toMatchObject({
    code: 'MODEL_UNFIT',
    detail: expect.stringMatching(message),
  });
});

test('what it sees is explained by integrated gradients: it has no Grad-CAM', async () => {
  const from = join(vectors, 'gelu');
  const into = join(folder, 'explained');
  await importModel({ from, into, id: 'explained' });
  const open = (method: 'auto' | 'grad-cam') => {
    const tokenizer: Tokenizer = {
      encode: () => [1],
      encodeBatch: (texts, length) => new BigInt64Array(texts.length * length).fill(19n),
      vocabularySize: 20,
    };
    return openEchoClip({ folder: into, runtime, method, tokenizer });
  };
  await expect(open('grad-cam')).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID', detail: /has no Grad-CAM/ });
  const model = await open('auto');
  const pixels = Uint8Array.from({ length: 3 * 16 * 16 * 3 }, (_, at) => (at * 31) % 256);
  const clip: PreparedClip = {
    sopInstance: deriveUid('clip'),
    pixels,
    size: 16,
    frameIndices: [0, 2, 4],
    crop: { x0: 0, y0: 0, x1: 16, y1: 16 },
    facts: { coloured: 0, motion: 1 },
  };
  const [finding] = await model.assess([clip], model.definitions.slice(0, 1));
  const { method, maps } = await model.explain(clip, finding!);
  expect(method).toBe('integrated-gradients');
  expect(Math.max(...maps)).toBe(1);
});
