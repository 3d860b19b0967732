interface Frame {
  readonly contextLength: number;
  readonly start: number;
  readonly end: number;
}

/** Sequences of ids as a text tower takes them, [texts, context length]: between start and end, cut to fit, padded with 0. */
export function inRows(sequences: readonly (readonly number[])[], { contextLength, start, end }: Frame): BigInt64Array {
  const batch = new BigInt64Array(sequences.length * contextLength);
  for (const [row, ids] of sequences.entries())
    batch.set([start, ...ids.slice(0, contextLength - 2), end].map(BigInt), row * contextLength);
  return batch;
}
