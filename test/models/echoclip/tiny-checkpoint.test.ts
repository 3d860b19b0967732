import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { PreparedClip } from '#domain/clip';
import type { FindingDefinition } from '#domain/finding';
import { deriveUid } from '#domain/uid';
import { embedFrames } from '#models/echoclip/embed';
import { openEchoClip } from '#models/echoclip/model';
import { importModel } from '#models/import/import-model';
import type { ModelManifest } from '#models/import/manifest';
import { normalise } from '#models/normalise';
import { parseNpy } from '#models/npy';
import { gradCam } from '#models/prompt-cam/grad-cam';
import { attribute, beginningOf } from '#models/prompt-cam/integrated-gradients';
import { openRuntime, type Runtime } from '#models/runtime';
import { createClipTokenizer, type Tokenizer } from '#models/tokenizers/clip-bpe';
import { unitRows } from '#models/zero-shot/similarities';
import { sharedPath, testWith } from '#test/support/peers';

const needs = ['shared:reference/echoclip_tiny/open_clip_pytorch_model.bin'];
const tiny = (...parts: string[]) => sharedPath('reference', 'echoclip_tiny', ...parts);
const numbers = async (name: string) =>
  parseNpy(await readFile(tiny('expected', `${name}.npy`))).values as Float32Array;

/** CLIP's ids folded into the thousand that the tiny text encoder knows. */
const tinyTokenizer: Tokenizer = (() => {
  const whole = createClipTokenizer();
  const fold = (id: number) => (id >= 49_406 ? id - 48_408 : id % 998);
  return {
    encode: (text) => whole.encode(text).map(fold),
    encodeBatch: (texts, length) => whole.encodeBatch(texts, length).map((id) => BigInt(fold(Number(id)))),
    vocabularySize: 1000,
  };
})();

let [folder, runtime, manifest]: [string?, Runtime?, ModelManifest?] = [];
const modelFolder = () => join(folder!, 'tiny');
const session = (file: string) => runtime!.open(join(modelFolder(), file));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'echoclip-'));
  runtime = await openRuntime({ providers: ['cpu'], strict: true, threads: 1 });
  const from = tiny('open_clip_pytorch_model.bin');
  manifest = await importModel({ from, into: modelFolder(), id: 'tiny', alsoFloat16: true }).catch(
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'MODEL_UNFIT' || thrown.code === 'ENOENT') return undefined; // no reference data here
      throw thrown;
    },
  );
});
afterAll(async () => {
  await runtime?.close();
  await rm(folder!, { recursive: true, force: true });
});

/** The greatest difference, relative to the largest expected value. */
const difference = (ours: Float32Array, expected: Float32Array): number => {
  expect(ours.length).toBe(expected.length);
  const largest = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return ours.reduce((worst, value, at) => Math.max(worst, Math.abs(value - expected[at]!)), 0) / largest;
};

const clipOf = (pixels: Uint8Array): PreparedClip => ({
  sopInstance: deriveUid('clip'),
  pixels,
  size: 64,
  frameIndices: Array.from({ length: pixels.length / (64 * 64 * 3) }, (_, frame) => frame * 2),
  crop: { x0: 0, y0: 0, x1: 64, y1: 64 },
  facts: { coloured: 0, motion: 1 },
});
const images = async () => parseNpy(await readFile(tiny('expected', 'images_u8.npy'))).values as unknown as Uint8Array;

describe('the reference checkpoint, imported', () => {
  testWith(needs, 'sees normalised pictures as the authors’ code does', async () => {
    const { mean, std } = manifest!;
    const ours = normalise(await images(), { size: 64, mean, std, order: 'rgb' });
    expect(difference(ours, await numbers('images_f32'))).toBeLessThan(1e-6);
  });

  testWith(needs, 'embeds pictures within 1e-4', async () => {
    const { mean, std } = manifest!;
    const embedding = { size: 64, mean, std, order: 'rgb' as const, width: 12, batch: 3 };
    const image = await session('image.onnx');
    const { embeddings, features } = await embedFrames(image, clipOf(await images()), embedding);
    expect(difference(embeddings, unitRows(await numbers('image_embed'), 12))).toBeLessThan(1e-4);
    expect(difference(features.data as Float32Array, await numbers('features'))).toBeLessThan(1e-4);
  });

  testWith(needs, 'attributes a similarity to pixels within 1e-3', async () => {
    const [pixels, target, expected] = await Promise.all(
      ['images_f32', 'text_embed_norm', 'ig16_midpoint'].map((name) => numbers(name)),
    );
    const [atZero, atFrame] = await Promise.all(['cos_zero', 'cosine'].map((name) => numbers(name)));
    const saliency = await session('saliency.onnx');
    const length = 3 * 64 * 64;
    for (const frame of [0, 3]) {
      const { values, cosines, completenessError } = await attribute(saliency, {
        pixels: pixels!.slice(frame * length, (frame + 1) * length),
        size: 64,
        target: target!.slice(frame * 12, (frame + 1) * 12),
        steps: 16,
        beginning: beginningOf('grey', manifest!),
        batch: 5,
      });
      const reference = expected!.slice(frame * length, (frame + 1) * length);
      expect(difference(values, reference)).toBeLessThan(1e-3);
      expect(cosines[0]).toBeCloseTo(atZero![frame]!, 5);
      expect(cosines[1]).toBeCloseTo(atFrame![frame]!, 5);
      const missed = Math.abs(reference.reduce((sum, value) => sum + value, 0) - (atFrame![frame]! - atZero![frame]!));
      expect(completenessError).toBeCloseTo(missed, 4);
    }
  });

  testWith(needs, 'shows the authors’ Grad-CAM, larger and smoother', async () => {
    const [features, target, expected] = await Promise.all(
      ['features', 'text_embed_norm', 'gradcam'].map((name) => numbers(name)),
    );
    const graph = await session('grad-cam.onnx');
    const one = { data: features!.slice(0, 32 * 4), dims: [1, 32, 2, 2] };
    const { maps } = await gradCam(graph, { features: one, target: target!.slice(0, 12), size: 64 });
    expect(maps.length).toBe(64 * 64);
    const hottest = (map: Float32Array) => map.indexOf(Math.max(...map));
    const at = hottest(maps);
    const quarter = 2 * Math.floor(at / 64 / 32) + Math.floor((at % 64) / 32);
    expect(quarter).toBe(hottest(expected!.slice(0, 4)));
    expect(Math.max(...maps)).toBe(1);
  });
});

describe('EchoCLIP on the reference checkpoint', () => {
  const opened = (method: 'auto' | 'grad-cam' | 'integrated-gradients' = 'auto', precision: 'fp32' | 'fp16' = 'fp32') =>
    openEchoClip({ folder: modelFolder(), runtime: runtime!, method, batch: 3, tokenizer: tinyTokenizer, precision });

  testWith(needs, 'takes every second of the first forty frames', async () => {
    const model = await opened();
    expect(model.selectFrames(100)).toEqual(Array.from({ length: 20 }, (_, step) => 2 * step));
    expect(model.selectFrames(7)).toEqual([0, 2, 4, 6]);
    expect(model.selectFrames(0)).toEqual([]);
  });

  testWith(needs, 'embeds its sentences once: opened again, it does not need the text encoder', async () => {
    const first = await opened();
    const path = join(modelFolder(), 'text.onnx');
    const graph = await readFile(path);
    await rm(path);
    try {
      const second = await opened();
      const clip = clipOf(await images());
      expect(await second.assess([clip], second.definitions)).toEqual(await first.assess([clip], first.definitions));
    } finally {
      await writeFile(path, graph);
    }
  });

  testWith(needs, 'answers nearly alike in half precision, under another identity', async () => {
    const [single, half] = [await opened(), await opened('auto', 'fp16')];
    const clip = clipOf(await images());
    // A number's similarity is that of the sentence that states it, which a hair's breadth can change.
    const similarities = async (model: typeof single) =>
      (await model.assess([clip], model.definitions)).flatMap((finding) =>
        finding.kind === 'similarity-only' ? [finding.similarity] : [],
      );
    const [exact, rounded] = [await similarities(single), await similarities(half)];
    expect(rounded).not.toEqual(exact);
    for (const [at, value] of exact.entries()) expect(Math.abs(value - rounded[at]!)).toBeLessThan(0.01);
    expect(half.identity.digest).not.toBe(single.identity.digest);
  });

  testWith(needs, 'takes colours as the authors feed them, or as they are, under another identity', async () => {
    const asIs = await openEchoClip({
      folder: modelFolder(),
      runtime: runtime!,
      method: 'auto',
      tokenizer: tinyTokenizer,
      channelOrder: 'rgb',
    });
    const asAuthors = await opened();
    expect(asIs.identity.digest).not.toBe(asAuthors.identity.digest);
    const pixels = (await images()).map((level, at) => (at % 3 === 0 ? 255 - level : level));
    const turned = pixels.map((_, at) => pixels[at - (at % 3) + 2 - (at % 3)]!);
    const asked = asIs.definitions.slice(0, 3);
    const answers = await asIs.assess([clipOf(pixels)], asked);
    expect(answers).toEqual(await asAuthors.assess([clipOf(turned)], asked));
    expect(answers).not.toEqual(await asAuthors.assess([clipOf(pixels)], asked));
  });

  testWith(needs, 'answers every question, and none with yes or no while it is not calibrated', async () => {
    const model = await opened();
    const clip = clipOf(await images());
    const findings = await model.assess([clip], model.definitions);
    expect(findings.map(({ id }) => id)).toEqual(model.definitions.map(({ id }) => id));
    for (const [at, finding] of findings.entries()) {
      expect(finding.kind).toBe(model.definitions[at]!.kind === 'measurement' ? 'measured' : 'similarity-only');
      if (finding.kind === 'not-assessed') continue;
      expect(Math.abs(finding.similarity)).toBeLessThanOrEqual(1);
      expect(clip.frameIndices).toContain(finding.evidence.keyFrame);
      expect(finding).not.toHaveProperty('interval');
    }
    expect(await model.assess([clip], model.definitions.slice(0, 1))).toEqual(findings.slice(0, 1));
  });

  testWith(
    needs,
    'asks other findings on request, and goes on with those before where they cannot be asked',
    async () => {
      const model = await opened();
      const { definitions, identity } = model;
      const [first] = definitions;
      await model.ask([{ ...first!, id: 'mine' }]);
      expect(model.definitions.map(({ id }) => id)).toEqual(['mine']);
      expect(model.identity.digest).not.toBe(identity.digest);
      expect(await model.assess([clipOf(await images())], model.definitions)).toMatchObject([{ id: 'mine' }]);
      const file = join(modelFolder(), 'calibration.json');
      await writeFile(file, '{');
      await expect(model.ask(definitions)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
      await rm(file);
      expect(model.definitions.map(({ id }) => id)).toEqual(['mine']);
      await model.ask(definitions);
      expect(model.identity).toEqual(identity);
    },
  );

  testWith(needs, 'calibrated, says yes or no', async () => {
    const checkpoint = manifest!.sources[0]!.sha256;
    const calibration = {
      origin: 'made up',
      cases: 1,
      from: '2026-01-01',
      to: '2026-01-01',
      createdOn: '2026-01-02',
      checkpoint,
      findings: { tavr: { kind: 'presence', threshold: -1 }, impella: { kind: 'presence', threshold: 1 } },
    };
    const before = (await opened()).identity;
    await writeFile(join(modelFolder(), 'calibration.json'), JSON.stringify(calibration));
    try {
      const model = await opened();
      const asked = model.definitions.filter(({ id }) => id in calibration.findings);
      const findings = await model.assess([clipOf(await images())], asked);
      expect(findings).toMatchObject([
        { kind: 'answered', id: 'impella', notable: false, answer: { meaning: 'Absent' } },
        { kind: 'answered', id: 'tavr', notable: true, answer: { meaning: 'Present' } },
      ]);
      expect(model.identity.digest).not.toBe(before.digest);
    } finally {
      await rm(join(modelFolder(), 'calibration.json'));
    }
    expect((await opened()).identity).toEqual(before);
  });

  testWith(needs, 'looks at a clip once, however many sentences are asked and explained', async () => {
    let runs = 0;
    const counting = {
      provider: 'cpu',
      open: async (path: string) => {
        const session = await runtime!.open(path);
        const isImage = path.endsWith('image.onnx');
        return {
          ...session,
          run: (inputs: Parameters<typeof session.run>[0]) => session.run(((runs += Number(isImage)), inputs)),
        };
      },
    };
    const model = await openEchoClip({
      folder: modelFolder(),
      runtime: counting,
      method: 'grad-cam',
      tokenizer: tinyTokenizer,
    });
    const clip = clipOf(await images());
    const findings = await model.assess([clip], model.definitions.slice(0, 3));
    for (const finding of findings) await model.explain(clip, finding);
    expect(runs).toBe(1);
  });

  testWith(needs, 'explains a finding by either method, one map a frame', async () => {
    for (const method of ['grad-cam', 'integrated-gradients'] as const) {
      const model = await opened(method);
      const clip = clipOf(await images());
      const asked = model.definitions.filter((definition: FindingDefinition) => definition.id === 'tavr');
      const [finding] = await model.assess([clip], asked);
      const explanation = await model.explain(clip, finding!);
      expect(explanation).toMatchObject({ method, findingId: 'tavr', size: 64, frameIndices: clip.frameIndices });
      expect(explanation.maps.length).toBe(4 * 64 * 64);
      expect(explanation.maps.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(Object.values(explanation.parameters).every((value) => typeof value === 'string')).toBe(true);
    }
  });

  testWith(needs, 'computes gradients as it is told: points, key frames, baseline', async () => {
    const model = await openEchoClip({
      folder: modelFolder(),
      runtime: runtime!,
      method: 'integrated-gradients',
      tokenizer: tinyTokenizer,
      gradients: { steps: 3, keyFrames: 2, baseline: 'black' },
    });
    const clip = clipOf(await images());
    const [finding] = await model.assess([clip], model.definitions.slice(0, 1));
    expect((await model.explain(clip, finding!)).parameters).toMatchObject({
      steps: '3',
      baseline: 'black',
      'frames computed': expect.stringMatching(/^[23] of 4, the others interpolated$/),
    });
  });

  testWith(needs, 'explains by Grad-CAM on a CPU, by integrated gradients elsewhere', async () => {
    const model = await opened();
    const clip = clipOf(await images());
    const [finding] = await model.assess([clip], model.definitions.slice(0, 1));
    expect((await model.explain(clip, finding!)).method).toBe('grad-cam');
    const elsewhere = await openEchoClip({
      folder: modelFolder(),
      runtime: { provider: 'cuda', open: runtime!.open },
      method: 'auto',
      tokenizer: tinyTokenizer,
    });
    expect((await elsewhere.explain(clip, finding!)).method).toBe('integrated-gradients');
    const without = { kind: 'not-assessed', id: 'tavr', because: 'no-suitable-view' } as const;
    await expect(model.explain(clip, without)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });

  testWith(needs, 'refuses pictures of another size, a foreign tokenizer and a graph that was changed', async () => {
    const model = await opened();
    const small = { ...clipOf(new Uint8Array(32 * 32 * 3)), size: 32 };
    await expect(model.assess([small], model.definitions)).rejects.toMatchObject({ code: 'MODEL_UNFIT' });
    const foreign = openEchoClip({ folder: modelFolder(), runtime: runtime!, method: 'auto' });
    await expect(foreign).rejects.toMatchObject({ code: 'MODEL_UNFIT', detail: /another one/ });
    const path = join(modelFolder(), 'image.onnx');
    const graph = await readFile(path);
    await writeFile(path, Buffer.concat([graph, Buffer.of(0)]));
    try {
      await expect(opened()).rejects.toMatchObject({ code: 'MODEL_UNFIT', detail: /changed after its import/ });
    } finally {
      await writeFile(path, graph);
    }
  });
});
