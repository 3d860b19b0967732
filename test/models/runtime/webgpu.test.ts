import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { formatNpy, parseNpy } from '#models/npy';
import { apical, apicalIn, type Ended } from '#test/support/agent-process';
import { sharedPath, testWith } from '#test/support/peers';

// No GPU needed: Debian's chromium brings SwiftShader, a Vulkan driver in software, and a loader for it.
const needs = ['chromium', 'shared:reference/echoclip_tiny'];
const chromium = '/usr/lib/chromium';
const driver = join(chromium, 'vk_swiftshader_icd.json');
const inSoftware = { LD_LIBRARY_PATH: chromium, VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver };
const tiny = (...parts: string[]) => sharedPath('reference', 'echoclip_tiny', ...parts);
const expected = (name: string) => tiny('expected', `${name}.npy`);
const timeoutMs = 240_000; // a GPU in software compiles its programs in software too

const folder = mkdtempSync(join(tmpdir(), 'apical-webgpu-'));
const at = (name: string) => join(folder, name);
const config = at('apical.yaml');
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  const models = { findings: 'tiny', providers: ['tensorrt', 'cuda', 'webgpu', 'cpu'] };
  const settings = { dataFolder: folder, models, dimse: { port: 0 }, http: { port: 0 } };
  writeFileSync(config, JSON.stringify(settings)); // which is YAML too
  await apical('models', 'import', tiny(), '--as', 'tiny', '--data', folder).catch(() => undefined);
}, timeoutMs);

const onGpu = (...args: string[]): Promise<Ended> => apicalIn({ ...inSoftware, APICAL_CONFIG: config }, ...args);
const firstRow = (path: string): readonly number[] => {
  const { shape, values } = parseNpy(readFileSync(path));
  return Array.from(values as Float32Array).slice(0, values.length / shape[0]!);
};
const deviation = (ours: readonly number[], theirs: readonly number[]): number => {
  expect(ours).toHaveLength(theirs.length);
  return Math.max(...theirs.map((value, at) => Math.abs(value - ours[at]!))) / Math.max(...theirs.map(Math.abs));
};

describe('on WebGPU', () => {
  testWith(
    needs,
    'the embeddings are the authors’',
    async () => {
      const pictures = parseNpy(readFileSync(expected('images_f32')));
      const values = (pictures.values as Float32Array).slice(0, pictures.values.length / 4);
      writeFileSync(at('one.npy'), formatNpy({ shape: [1, ...pictures.shape.slice(1)], values }));
      const ended = await onGpu('embed', '--images', at('one.npy'), '--out', at('embedding.npy'), '--json');
      expect(JSON.parse(ended.stdout)).toMatchObject({ provider: 'webgpu', shape: [1, 12] });
      expect(deviation(firstRow(at('embedding.npy')), firstRow(expected('image_embed')))).toBeLessThan(1e-4);
    },
    timeoutMs,
  );

  testWith(
    needs,
    'sentences and gradients are the authors’',
    async () => {
      const tokens = parseNpy(readFileSync(expected('tokens')));
      const ids = (tokens.values as BigInt64Array).slice(0, tokens.shape[1]);
      writeFileSync(at('ids.npy'), formatNpy({ shape: [1, tokens.shape[1]!], values: ids }));
      const embedded = await onGpu('embed', '--texts', at('ids.npy'), '--out', at('text.npy'), '--json');
      expect(JSON.parse(embedded.stdout)).toMatchObject({ provider: 'webgpu' });
      expect(deviation(firstRow(at('text.npy')), firstRow(expected('text_embed')))).toBeLessThan(1e-4);
      const asked = ['--images', at('one.npy'), '--texts', at('ids.npy'), '--method', 'gradient'];
      const explained = await onGpu('saliency', ...asked, '--out', at('gradient.npy'), '--json');
      expect(JSON.parse(explained.stdout)).toMatchObject({ provider: 'webgpu' });
      expect(deviation(firstRow(at('gradient.npy')), firstRow(expected('grad')))).toBeLessThan(1e-3);
    },
    timeoutMs,
  );

  testWith(
    needs,
    'doctor compares it with the CPU, and says of providers that cannot be had what to do',
    async () => {
      const { checks } = JSON.parse((await onGpu('doctor', '--json')).stdout);
      const of = (name: string) => checks.find((check: { name: string }) => check.name === name);
      const difference = expect.stringMatching(/^fp32, \d+ ms a picture, largest difference from the CPU \d.\de-\d+ /);
      expect(of('provider webgpu')).toMatchObject({ ok: true, detail: difference });
      for (const provider of ['cuda', 'tensorrt']) {
        const detail = expect.stringMatching(/^(?:cannot be had: .*install NVIDIA's driver, CUDA|fp32, )/);
        expect(of(`provider ${provider}`)).toMatchObject({ ok: true, detail });
      }
    },
    timeoutMs,
  );
});
