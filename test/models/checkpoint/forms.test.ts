import { describe, expect } from '@jest/globals';
import { openCheckpoint } from '#models/checkpoint/open-checkpoint';
import { sharedPath, testWith } from '#test/support/peers';

const tiny = 'shared:reference/echoclip_tiny';

async function read(file: string): Promise<ReadonlyMap<string, { shape: readonly number[]; numbers: Float32Array }>> {
  const checkpoint = await openCheckpoint(sharedPath('reference', 'echoclip_tiny', file));
  const tensors = await Promise.all(
    [...checkpoint.tensors.values()].map(
      async ({ name, shape, read }) => [name, { shape, numbers: await read() }] as const,
    ),
  );
  await checkpoint.close();
  return new Map(tensors.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The nearest bfloat16: the upper half of a float32, ties to even. */
function bfloat16(numbers: Float32Array): Float32Array {
  const words = new Uint32Array(Float32Array.from(numbers).buffer).map((word) => word + 0x7fff + ((word >>> 16) & 1));
  return new Float32Array(words.map((word) => word & 0xffff0000).buffer);
}

describe('one model in every form that PyTorch and safetensors write', () => {
  for (const file of [
    'open_clip_pytorch_model.bin',
    'open_clip_pytorch_model.legacy.bin',
    'train_checkpoint_module_prefix.pt',
  ]) {
    testWith([tiny], `${file} holds the tensors of the safetensors file`, async () => {
      const expected = await read('open_clip_model.safetensors');
      expect(expected.size).toBe(94);
      expect(await read(file)).toEqual(expected);
    });
  }

  testWith([tiny], 'a float16 file holds every number rounded once', async () => {
    const [exact, halves] = [await read('open_clip_model.safetensors'), await read('open_clip_pytorch_model.fp16.bin')];
    for (const [name, { numbers }] of exact)
      expect(halves.get(name)?.numbers).toEqual(Float32Array.from(numbers, Math.f16round));
  });

  for (const file of ['open_clip_model.bf16.safetensors', 'open_clip_pytorch_model.bf16.bin']) {
    testWith([tiny], `${file} holds every number rounded once`, async () => {
      const [exact, halves] = [await read('open_clip_model.safetensors'), await read(file)];
      for (const [name, { numbers }] of exact) expect(halves.get(name)?.numbers).toEqual(bfloat16(numbers));
    });
  }

  testWith(
    [tiny],
    'views that share a storage, transposed, strided, empty and scalar, come out in C order',
    async () => {
      const tensors = await read('unpickler_edge.pt');
      const [a, transposed] = [tensors.get('a')!, tensors.get('a_t')!];
      expect([a.shape, transposed.shape]).toEqual([
        [4, 6],
        [6, 4],
      ]);
      const column = (index: number): number[] => [0, 1, 2, 3].map((row) => a.numbers[row * 6 + index]!);
      expect([...transposed.numbers]).toEqual([0, 1, 2, 3, 4, 5].flatMap(column));
      expect(tensors.get('row')).toEqual({ shape: [6], numbers: a.numbers.slice(6, 12) });
      expect(tensors.get('step')).toEqual({ shape: [4, 3], numbers: a.numbers.filter((_, index) => index % 2 === 0) });
      expect(tensors.get('empty')).toEqual({ shape: [0, 3], numbers: new Float32Array(0) });
      expect(tensors.get('scalar')?.shape).toEqual([]);
      expect(tensors.get('scalar')?.numbers).toHaveLength(1);
      expect(tensors.get('i64')?.numbers.every(Number.isInteger)).toBe(true);
      expect(tensors.get('param')?.shape).toEqual([2, 3]);
      expect(tensors.get('bool')?.numbers.every((value) => value === 0 || value === 1)).toBe(true);
    },
  );
});
