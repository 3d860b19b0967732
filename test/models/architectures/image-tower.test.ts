import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gradCam, imageEncoder, saliency } from '#models/architectures/open-clip-image';
import type { Graph } from '#models/onnx/graph';
import { writeModel } from '#models/onnx/write-model';
import { openRuntime, type Runtime, type Session } from '#models/runtime';
import { imageTowerShapes, madeWeights } from './made-weights.ts';

const folder = mkdtempSync(join(tmpdir(), 'tower-'));
let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ providers: ['cpu'], strict: true, threads: 1 });
});
afterAll(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true });
});

async function open(graph: Graph): Promise<Session> {
  const pieces: Uint8Array[] = [];
  await writeModel(graph, { name: 'test', version: '1' }, async (bytes) => void pieces.push(bytes));
  const path = join(folder, `${graph.name}.onnx`);
  writeFileSync(path, Buffer.concat(pieces));
  return runtime.open(path);
}

const numbers = (count: number, phase: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => Math.sin(phase + index * 0.37));

describe.each([
  ['stages with one block each', [4, 6], [1, 1]],
  ['a first stage without blocks', [4, 6], [0, 2]],
  ['no blocks at all', [4, 6, 8], [0, 0, 0]],
  ['a single stage', [4], [1]],
])('an image tower of %s', (_, widths, blocks) => {
  const size = 16;
  const weights = (): ReturnType<typeof madeWeights> => madeWeights(imageTowerShapes(widths, blocks, 5));
  const settings = { size, type: 'float32' } as const;
  const side = size / 4 / 2 ** (widths.length - 1);

  test('takes every tensor, and gives embedding and features of the promised shapes', async () => {
    const checked = weights();
    const session = await open(imageEncoder(checked, settings));
    checked.check();
    const outputs = await session.run({ pixels: { data: numbers(2 * 3 * size * size, 0), dims: [2, 3, size, size] } });
    expect(outputs['embedding']?.dims).toEqual([2, 5]);
    expect(outputs['features']?.dims).toEqual([2, widths.at(-1), side, side]);
  });

  test('has the gradient that small steps of the cosine show', async () => {
    const session = await open(saliency(weights(), settings));
    const target = { data: Float32Array.of(0.5, -0.5, 0.5, 0.1, -0.48), dims: [5] };
    const pixels = numbers(3 * size * size, 1);
    const at = async (data: Float32Array) => session.run({ pixels: { data, dims: [1, 3, size, size] }, target });
    const { gradient } = await at(pixels);
    const length = Math.hypot(...(gradient!.data as Float32Array));
    // One step uphill and one sideways: an error of the gradient shows in one of them.
    for (const tilt of [0, 1]) {
      const direction = numbers(pixels.length, 2).map(
        (value, index) => Number(gradient!.data[index]) / length + (tilt * value) / 40,
      );
      const along = async (step: number): Promise<number> => {
        const { cosine } = await at(pixels.map((value, index) => value + step * direction[index]!));
        return Number(cosine!.data[0]);
      };
      const measured = ((await along(0.05)) - (await along(-0.05))) / 0.1;
      const computed = direction.reduce((total, value, index) => total + value * Number(gradient!.data[index]), 0);
      expect(Math.abs(computed)).toBeGreaterThan(length / 4);
      expect(Math.abs(computed - measured)).toBeLessThan(0.02 * length);
    }
  });

  test('has the same Grad-CAM for a picture alone and among others', async () => {
    const session = await open(gradCam(weights(), size));
    const target = { data: Float32Array.of(0.5, -0.5, 0.5, 0.1, -0.48), dims: [5] };
    const count = widths.at(-1)! * side * side;
    const both = numbers(2 * count, 3);
    const run = async (data: Float32Array) =>
      (await session.run({ features: { data, dims: [data.length / count, widths.at(-1)!, side, side] }, target }))[
        'cam'
      ]!;
    const alone = await Promise.all([run(both.slice(0, count)), run(both.slice(count))]);
    const together = await run(both);
    expect(together.dims).toEqual([2, side, side]);
    [...alone[0].data, ...alone[1].data].forEach((value, index) =>
      expect(Number(together.data[index])).toBeCloseTo(Number(value), 5),
    );
  });
});

test('what an architecture misses, finds in another shape, and leaves over comes out in one sentence', () => {
  const shapes = imageTowerShapes([4], [1], 5);
  const { 'visual.trunk.stages.0.blocks.0.gamma': _, ...rest } = shapes;
  const weights = madeWeights({ ...rest, 'visual.trunk.head.norm.bias': [5], extra: [1] });
  imageEncoder(weights, { size: 16, type: 'float32' });
  expect(() => weights.check()).toThrow(
    /it lacks visual\.trunk\.stages\.0\.blocks\.0\.gamma; it has other shapes: visual\.trunk\.head\.norm\.bias is \[5\], not \[4\]; it has surplus tensors: extra\./,
  );
});
