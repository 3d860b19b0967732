/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function numbersOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Numbers = () => number;

export const below = (numbers: Numbers, limit: number): number => Math.floor(numbers() * limit);

/** Values that lengths and counts are afraid of. */
const extremes = [
  '00000000',
  'ffffffff',
  'feffffff',
  'ffffff7f',
  '00000080',
  '01000000',
  'ffff0000',
  'feff00e0',
  'feffdde0',
  'e07f1000',
];

type Mutator = (bytes: Buffer, numbers: Numbers, other: Buffer) => Buffer;

const mutators: readonly Mutator[] = [
  function flipBits(bytes, numbers) {
    const copy = Buffer.from(bytes);
    for (let flips = 1 + below(numbers, 16); flips > 0; flips -= 1) {
      const at = below(numbers, copy.length);
      copy[at] = copy[at]! ^ (1 << below(numbers, 8));
    }
    return copy;
  },
  function putExtremes(bytes, numbers) {
    const copy = Buffer.from(bytes);
    for (let times = 1 + below(numbers, 4); times > 0; times -= 1) {
      const value = Buffer.from(extremes[below(numbers, extremes.length)]!, 'hex');
      value.copy(copy, Math.min(below(numbers, 4000), below(numbers, copy.length)));
    }
    return copy;
  },
  function cutShort(bytes, numbers) {
    return bytes.subarray(0, below(numbers, bytes.length));
  },
  function takeOut(bytes, numbers) {
    const at = below(numbers, bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(numbers, 64))]);
  },
  function repeat(bytes, numbers) {
    const at = below(numbers, bytes.length);
    const piece = bytes.subarray(at, at + 1 + below(numbers, 256));
    return Buffer.concat([
      bytes.subarray(0, at),
      ...Array<Buffer>(1 + below(numbers, 8)).fill(piece),
      bytes.subarray(at),
    ]);
  },
  function splice(bytes, numbers, other) {
    return Buffer.concat([
      bytes.subarray(0, below(numbers, bytes.length)),
      other.subarray(below(numbers, other.length)),
    ]);
  },
];

/** One to three mutations, most of them in the first bytes, where the structure is. */
export function mutate(bytes: Buffer, numbers: Numbers, other: Buffer): Buffer {
  let mutated = bytes;
  for (let times = 1 + below(numbers, 3); times > 0 && mutated.length > 0; times -= 1) {
    const mutator = mutators[below(numbers, mutators.length)]!;
    const head = mutated.length > 4000 && numbers() < 0.7 ? 4000 : mutated.length;
    mutated = Buffer.concat([mutator(mutated.subarray(0, head), numbers, other), mutated.subarray(head)]);
  }
  return mutated;
}
