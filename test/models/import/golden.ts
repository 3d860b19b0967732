import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { parseNpy } from '#models/npy';
import type { Runtime, RuntimeTensor } from '#models/runtime';
import { sharedPath } from '#test/support/peers';

/** An array that the authors' libraries computed. */
export function golden(model: string, name: string): RuntimeTensor {
  const { shape, values } = parseNpy(readFileSync(sharedPath('reference', model, 'expected', `${name}.npy`)));
  return { data: values as Float32Array | BigInt64Array, dims: shape };
}

/** The largest difference, as a share of the largest expected value. */
export function deviation(got: RuntimeTensor | undefined, expected: RuntimeTensor): number {
  expect(got?.dims).toEqual(expected.dims);
  const theirs = Array.from(expected.data, Number);
  const largest = Math.max(...theirs.map(Math.abs));
  return Math.max(...theirs.map((value, index) => Math.abs(value - Number(got!.data[index])))) / largest;
}

/** One of the outermost axis, which stays. */
export function nth({ data, dims }: RuntimeTensor, index: number): RuntimeTensor {
  const count = data.length / dims[0]!;
  return { data: data.slice(index * count, (index + 1) * count), dims: [1, ...dims.slice(1)] };
}

/** The same without its outermost axis. */
export function flat({ data, dims }: RuntimeTensor): RuntimeTensor {
  return { data, dims: dims.slice(1) };
}

/** Opens a graph, runs it once, closes it. */
export async function runOnce(
  runtime: Runtime,
  path: string,
  inputs: Record<string, RuntimeTensor>,
): Promise<Readonly<Record<string, RuntimeTensor>>> {
  const session = await runtime.open(path);
  const outputs = await session.run(inputs);
  await session.close();
  return outputs;
}
