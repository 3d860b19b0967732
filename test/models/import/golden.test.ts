import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { assumesImageNet } from '#models/import/image-classifier';
import { importModel } from '#models/import/import-model';
import type { ModelManifest } from '#models/import/manifest';
import { openRuntime, type Runtime, type RuntimeTensor } from '#models/runtime';
import { sharedPath, testWith } from '#test/support/peers';
import { deviation, flat, golden, nth, runOnce } from './golden.ts';

// Numbers of open_clip, timm and torchvision with seeded random weights; the first picture belongs to the first text, and so on.
const tiny = 'echoclip_tiny';
const clip = `shared:reference/${tiny}`;
const prime = 'shared:reference/echoprime_tiny';
const safetensors = sharedPath('reference', tiny, 'open_clip_model.safetensors');

const folder = mkdtempSync(join(tmpdir(), 'golden-'));
let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ providers: ['cpu'], strict: true, threads: 1 });
});
afterAll(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true });
});

async function imported(from: string, alsoFloat16 = false): Promise<{ model: string; manifest: ModelManifest }> {
  const model = join(folder, `model-${readdirSync(folder).length}`);
  return { model, manifest: await importModel({ from, into: model, id: 'golden', alsoFloat16 }) };
}

describe('EchoCLIP’s architecture gives the authors’ numbers', () => {
  const exact = [
    'open_clip_model.safetensors',
    'open_clip_pytorch_model.bin',
    'open_clip_pytorch_model.legacy.bin',
    'train_checkpoint_module_prefix.pt',
  ];
  // The expected numbers are of the unrounded weights. That rounded ones are read exactly is the checkpoint's own test.
  const rounded = [
    'open_clip_pytorch_model.fp16.bin',
    'open_clip_pytorch_model.bf16.bin',
    'open_clip_model.bf16.safetensors',
  ];
  for (const file of [...exact, ...rounded]) {
    testWith([clip], `embeddings of pictures and texts, and features, from ${file}`, async () => {
      const { model } = await imported(sharedPath('reference', tiny, file));
      const image = await runOnce(runtime, join(model, 'image.onnx'), { pixels: golden(tiny, 'images_f32') });
      const text = await runOnce(runtime, join(model, 'text.onnx'), { ids: golden(tiny, 'tokens') });
      const tolerance = exact.includes(file) ? 1e-5 : 2e-2;
      expect(deviation(image['embedding'], golden(tiny, 'image_embed'))).toBeLessThan(tolerance);
      expect(deviation(image['features'], golden(tiny, 'features'))).toBeLessThan(tolerance);
      expect(deviation(text['embedding'], golden(tiny, 'text_embed'))).toBeLessThan(tolerance);
    });
  }

  for (const [precision, tolerance] of [
    ['', 1e-4],
    ['.float16', 1e-2],
  ] as const) {
    testWith(
      [clip],
      `the gradient of the cosine with respect to the picture, from saliency${precision}.onnx`,
      async () => {
        const { model } = await imported(safetensors, true);
        for (const index of [0, 1, 2, 3]) {
          const given = {
            pixels: nth(golden(tiny, 'images_f32'), index),
            target: flat(nth(golden(tiny, 'text_embed_norm'), index)),
          };
          const { gradient, cosine } = await runOnce(runtime, join(model, `saliency${precision}.onnx`), given);
          expect(deviation(gradient, nth(golden(tiny, 'grad'), index))).toBeLessThan(tolerance);
          expect(Math.abs(Number(cosine!.data[0]) - Number(golden(tiny, 'cosine').data[index]))).toBeLessThan(
            tolerance / 10,
          );
        }
      },
    );
  }

  testWith([clip], 'embeddings in half precision, with single precision at the borders', async () => {
    const { model, manifest } = await imported(safetensors, true);
    const [image, text] = [manifest.float16Files?.image?.file ?? '', manifest.float16Files?.text?.file ?? ''];
    const pictures = await runOnce(runtime, join(model, image), { pixels: golden(tiny, 'images_f32') });
    const texts = await runOnce(runtime, join(model, text), { ids: golden(tiny, 'tokens') });
    expect(deviation(pictures['embedding'], golden(tiny, 'image_embed'))).toBeLessThan(1e-2);
    expect(deviation(texts['embedding'], golden(tiny, 'text_embed'))).toBeLessThan(1e-2);
    expect(image).toBe('image.float16.onnx');
  });

  testWith([clip], 'telling how far it is', async () => {
    const told: [bytes: number, total: number][] = [];
    const onProgress = (...each: [number, number]) => void told.push(each);
    await importModel({ from: safetensors, into: join(folder, 'told'), id: 'told', alsoFloat16: true, onProgress });
    const total = told[0]![1];
    expect(told.at(-1)).toEqual([total, total]);
    expect(told.map(([bytes]) => bytes)).toEqual(told.map(([bytes]) => bytes).toSorted((a, b) => a - b));
    expect(new Set(told.map(([, total]) => total)).size).toBe(1);
    expect(told[0]![0]).toBeLessThan(total / 2);
  });

  testWith([clip], 'Grad-CAM as published', async () => {
    const { model } = await imported(safetensors);
    for (const index of [0, 1, 2, 3]) {
      const given = {
        features: nth(golden(tiny, 'features'), index),
        target: flat(nth(golden(tiny, 'text_embed_norm'), index)),
      };
      const { cam } = await runOnce(runtime, join(model, 'grad-cam.onnx'), given);
      expect(deviation(cam, nth(golden(tiny, 'gradcam'), index))).toBeLessThan(1e-4);
    }
  });

  testWith([clip], 'integrated gradients in 16 steps', async () => {
    const { model } = await imported(safetensors);
    const session = await runtime.open(join(model, 'saliency.onnx'));
    for (const index of [0, 1, 2, 3]) {
      const picture = flat(nth(golden(tiny, 'images_f32'), index)).data as Float32Array;
      const target = flat(nth(golden(tiny, 'text_embed_norm'), index));
      const path = Float32Array.from(
        { length: 16 * picture.length },
        (_, at) => (picture[at % picture.length]! * (Math.floor(at / picture.length) + 0.5)) / 16,
      );
      const { gradient } = await session.run({ pixels: { data: path, dims: [16, 3, 64, 64] }, target });
      const mean = picture.map(
        (_, at) =>
          sum(Array.from({ length: 16 }, (_, step) => Number(gradient!.data[step * picture.length + at]))) / 16,
      );
      const attribution: RuntimeTensor = { data: picture.map((value, at) => value * mean[at]!), dims: [1, 3, 64, 64] };
      expect(deviation(attribution, nth(golden(tiny, 'ig16_midpoint'), index))).toBeLessThan(1e-3);
    }
  });
});

describe('EchoPrime’s view classifier gives the authors’ logits', () => {
  const classes = Array.from({ length: 11 }, (_, index) => `view ${index}`);
  for (const file of ['view_classifier.pt', 'view_classifier.ckpt']) {
    testWith([prime], `from ${file}`, async () => {
      const from = join(folder, `checkpoint-${file}`);
      mkdirSync(from);
      copyFileSync(sharedPath('reference', 'echoprime_tiny', file), join(from, file));
      const config = {
        classes,
        size: 64,
        mean: [29.110628, 28.076836, 29.096405],
        std: [47.989223, 46.456997, 47.20083],
        inputScale: 255,
      };
      writeFileSync(join(from, 'config.json'), JSON.stringify(config));
      const { model, manifest } = await imported(from);
      const { logits } = await runOnce(runtime, join(model, 'classifier.onnx'), {
        pixels: golden('echoprime_tiny', 'view_images'),
      });
      expect(deviation(logits, golden('echoprime_tiny', 'view_logits'))).toBeLessThan(1e-4);
      expect(manifest).toMatchObject({ kind: 'image-classifier', imageSize: 64, classes });
      expect(manifest.mean[0]).toBeCloseTo(0.11416, 5);
      expect(manifest.std[2]).toBeCloseTo(0.1851, 5);
    });
  }
});

describe('a classifier’s pictures are prepared', () => {
  const weights = sharedPath('reference', 'echoprime_tiny', 'view_classifier.pt');
  const prepared = async (config: object | undefined, preset?: 'echoprime-views') => {
    const from = mkdtempSync(join(folder, 'classifier-'));
    copyFileSync(weights, join(from, 'view_classifier.pt'));
    if (config) writeFileSync(join(from, 'config.json'), JSON.stringify(config));
    return importModel({ from, into: join(from, 'model'), id: 'views', preset });
  };
  testWith([prime], 'as the preset says where no configuration does', async () => {
    const manifest = await prepared(undefined, 'echoprime-views');
    expect(manifest).toMatchObject({
      imageSize: 224,
      mean: [expect.closeTo(0.11416, 5), expect.any(Number), expect.any(Number)],
    });
    expect(assumesImageNet(manifest)).toBe(false);
    expect(await prepared({ num_classes: 11, size: 64 }, 'echoprime-views')).toMatchObject({
      imageSize: 64,
      mean: manifest.mean,
    });
  });
  testWith([prime], 'as the configuration says, mean, deviation and scale together', async () => {
    const own = { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] };
    expect(await prepared(own, 'echoprime-views')).toMatchObject(own);
  });
  testWith([prime], 'as torchvision prepares them where nothing is said, and it can be told', async () => {
    const manifest = await prepared(undefined);
    expect(manifest.mean).toEqual([0.485, 0.456, 0.406]);
    expect(assumesImageNet(manifest)).toBe(true);
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
