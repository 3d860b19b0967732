import type { Similarities } from './similarities.ts';

// The share of the ranked candidates that is believed, as published with EchoCLIP.
const believed = 0.2;

/**
 * The number that the most similar candidates agree on: per frame the candidates' values in order of similarity, the
 * k-th of them averaged over the frames, and of the first fifth of these means the lower median. Of candidates
 * equally similar the one named first ranks first.
 */
export function estimateNumber({ frames, prompts, values }: Similarities, stated: readonly number[]): number {
  const ranked = Array.from({ length: prompts }, () => 0);
  for (let frame = 0; frame < frames; frame++) {
    const row = values.subarray(frame * prompts, (frame + 1) * prompts);
    const order = Array.from(row.keys()).sort((a, b) => row[b]! - row[a]! || a - b);
    for (const [rank, candidate] of order.entries()) ranked[rank]! += stated[candidate]! / frames;
  }
  return lowerMedian(ranked.slice(0, Math.max(1, Math.floor(prompts * believed))));
}

function lowerMedian(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
}
