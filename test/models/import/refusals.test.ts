import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { importModel } from '#models/import/import-model';
import { manifestSchema } from '#models/import/manifest';
import { sharedPath, testWith } from '#test/support/peers';

const clip = 'shared:reference/echoclip_tiny';
const root = mkdtempSync(join(tmpdir(), 'import-'));
const from = join(root, 'checkpoint');
const models = join(root, 'models');
const into = join(models, 'm');
const weights = join(from, 'open_clip_model.safetensors');
const config = join(from, 'open_clip_config.json');

afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  rmSync(from, { recursive: true, force: true });
  rmSync(models, { recursive: true, force: true });
  mkdirSync(from);
  mkdirSync(models);
});

const reference = (name: string): string => sharedPath('reference', 'echoclip_tiny', name);
function copyCheckpoint(): void {
  copyFileSync(reference('open_clip_model.safetensors'), weights);
  copyFileSync(reference('open_clip_config.json'), config);
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** Rewrites the header of the safetensors file, its bytes padded to the same length. */
function changeHeader(change: (text: string) => string): void {
  const bytes = readFileSync(reference('open_clip_model.safetensors'));
  const length = Number(bytes.readBigUInt64LE());
  const header = Buffer.from(change(bytes.subarray(8, 8 + length).toString()));
  const front = Buffer.alloc(8);
  front.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(weights, Buffer.concat([front, header, bytes.subarray(8 + length)]));
}

function changeConfig(change: (config: Record<string, Record<string, any>>) => void): void {
  const content = JSON.parse(readFileSync(config, 'utf8')) as Record<string, Record<string, any>>;
  change(content);
  writeFileSync(config, JSON.stringify(content));
}

async function refusal(): Promise<string> {
  const thrown = await importModel({ from, into, id: 'm' }).then(
    () => undefined,
    (error: unknown) => error as { code: string; detail: string },
  );
  expect(thrown).toMatchObject({ code: 'MODEL_UNFIT' });
  expect(readdirSync(models)).toEqual([]);
  return thrown!.detail;
}

describe('a checkpoint that does not fit is refused by the names of its tensors, and nothing remains', () => {
  const changes: readonly (readonly [string, (text: string) => string, readonly string[]])[] = [
    [
      'a missing and a surplus tensor',
      (text) => text.replace('blocks.0.gamma', 'blocks.0.delta'),
      ['lacks visual.trunk.stages.', 'blocks.0.gamma', 'surplus', 'blocks.0.delta'],
    ],
    [
      'a missing projection',
      (text) => text.replace('visual.head.proj.weight', 'visual.head.mlp.weight'),
      ['lacks visual.head.proj.weight'],
    ],
    [
      'a tensor of another shape',
      (text) => text.replace('[32,8]', '[8,32]'),
      ['has other shapes', '[8, 32], not [32, 8]'],
    ],
    [
      'a layer left out',
      (text) => text.replaceAll('resblocks.1.', 'resblocks.2.'),
      ['text_cfg.layers 2, the tensors say 3'],
    ],
    [
      'a layer of absurd number',
      (text) => text.replaceAll('stages.3.blocks.0', 'stages.3.blocks.99999999'),
      ['numbers 100000000 layers'],
    ],
    [
      'another architecture',
      (text) => text.replaceAll('visual.', 'vision.').replaceAll('features.', 'f.'),
      ['of an architecture that is not known here'],
    ],
    [
      'a text tower under other names',
      (text) => text.replace('"positional_embedding"', '"text.positional_embedding"'),
      ['lacks positional_embedding'],
    ],
  ];
  for (const [what, change, named] of changes) {
    testWith([clip], what, async () => {
      copyCheckpoint();
      changeHeader(change);
      const sentence = await refusal();
      for (const name of named) expect(sentence).toContain(name);
    });
  }

  testWith([clip], 'numbers that are not finite, found in the middle of writing', async () => {
    copyCheckpoint();
    const bytes = readFileSync(weights);
    const length = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<string, Entry>;
    bytes.writeFloatLE(Number.NaN, 8 + length + header['ln_final.weight']!.data_offsets[0]);
    writeFileSync(weights, bytes);
    expect(await refusal()).toContain('ln_final.weight holds values that are not finite');
  });
});

describe('a configuration of another model is refused', () => {
  const changes: readonly (readonly [string, (config: Record<string, Record<string, any>>) => void, string])[] = [
    [
      'a width that the tensors do not have',
      ({ model_cfg }) => (model_cfg!['embed_dim'] = 512),
      'embed_dim 512, the tensors say 12',
    ],
    [
      'another image tower',
      ({ model_cfg }) => (model_cfg!['vision_cfg'].timm_model_name = 'vit_base_patch32'),
      'must be a ConvNeXt',
    ],
    ['an activation that is neither', ({ model_cfg }) => (model_cfg!['quick_gelu'] = 'tanh'), 'quick_gelu'],
    ['a spread of nought', ({ preprocess_cfg }) => (preprocess_cfg!['std'] = [0.3, 0, 0.3]), 'preprocess_cfg.std[1]'],
    [
      'heads that do not divide the width',
      ({ model_cfg }) => (model_cfg!['text_cfg'].heads = 3),
      'do not divide the width 16',
    ],
    [
      'a picture that the strides do not divide',
      ({ model_cfg }) => (model_cfg!['vision_cfg'].image_size = 65),
      'multiple of 32, not 65',
    ],
  ];
  for (const [what, change, named] of changes) {
    testWith([clip], what, async () => {
      copyCheckpoint();
      changeConfig(change);
      expect(await refusal()).toContain(named);
    });
  }

  testWith([clip], 'none at all', async () => {
    copyCheckpoint();
    rmSync(config);
    expect(await refusal()).toContain('open_clip_config.json is missing');
  });

  testWith([clip], 'one that is not JSON', async () => {
    copyCheckpoint();
    writeFileSync(config, '{');
    expect(await refusal()).toContain('open_clip_config.json is not JSON');
  });

  testWith(['shared:reference/echoprime_tiny'], 'classes that the logits do not have', async () => {
    copyFileSync(sharedPath('reference', 'echoprime_tiny', 'view_classifier.pt'), join(from, 'view_classifier.pt'));
    writeFileSync(join(from, 'config.json'), JSON.stringify({ size: 64, classes: ['A4C'] }));
    expect(await refusal()).toContain('names 1 classes; the tensors tell 11 apart');
  });
});

test('a path that leads nowhere is refused', async () => {
  rmSync(from, { recursive: true });
  expect(await refusal()).toContain('no such file or folder');
  mkdirSync(from);
});

testWith([clip], 'a model that is there already is not touched', async () => {
  copyCheckpoint();
  mkdirSync(into);
  writeFileSync(join(into, 'mine'), '');
  await expect(importModel({ from, into, id: 'm' })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  expect(readdirSync(into)).toEqual(['mine']);
});

testWith(
  [clip],
  'the manifest names the model, its sources and every file by digest, and the calibration comes along',
  async () => {
    copyCheckpoint();
    writeFileSync(join(from, 'calibration.json'), '{"origin":"here"}');
    const request = {
      from,
      id: 'm',
      name: 'Tiny',
      manufacturer: 'Nobody',
      version: '1',
      licence: 'None',
      phantomOnly: true,
    };
    const manifest = await importModel({ ...request, into });
    expect(manifestSchema.parse(JSON.parse(readFileSync(join(into, 'manifest.json'), 'utf8')))).toEqual(manifest);
    expect(manifest).toMatchObject({
      kind: 'clip',
      name: 'Tiny',
      manufacturer: 'Nobody',
      version: '1',
      licence: 'None',
      importer: expect.stringMatching(/^apical models /),
      phantomOnly: true,
      imageSize: 64,
      embedWidth: 12,
      contextLength: 77,
      vocabularySize: 1000,
    });
    expect(Object.keys(manifest.files).toSorted()).toEqual(['grad-cam', 'image', 'saliency', 'text']);
    const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
    for (const { file, sha256: said } of Object.values(manifest.files)) expect(sha256(join(into, file))).toBe(said);
    expect(manifest.sources).toEqual([
      { file: 'open_clip_model.safetensors', sha256: sha256(weights) },
      { file: 'open_clip_config.json', sha256: sha256(config) },
    ]);
    expect(readFileSync(join(into, 'calibration.json'), 'utf8')).toBe('{"origin":"here"}');
    // The same again gives the same bytes.
    expect(await importModel({ ...request, into: join(models, 'again') })).toEqual(manifest);
  },
);
