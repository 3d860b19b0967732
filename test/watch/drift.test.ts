import { expect, test } from '@jest/globals';
import type { Sighting } from '#domain/sighting';
import type { StudyUid } from '#domain/uid';
import { randomOf } from '#models/phantom/random';
import { driftOf, embeddingDistance, kolmogorovSmirnov } from '#watch/drift';

/** Studies whose similarity lies around a mean, and whose embedding points somewhere. */
function studies(seed: string, count: number, { mean = 0.2, turn = 0 } = {}): readonly Sighting[] {
  const random = randomOf('drift', seed);
  return Array.from({ length: count }, (_, index) => ({
    study: `1.2.${index}` as StudyUid,
    scanner: 's',
    site: 'h',
    model: 'd',
    at: index,
    measures: { similarity: mean + 0.02 * random.normal() },
    refusals: {},
    clips: 1,
    embedding: [1, turn + 0.1 * random.normal(), 0.1 * random.normal()],
  }));
}

test.each([
  [[1, 2, 3], [1, 2, 3], 0],
  [[1, 2, 3], [4, 5, 6], 1],
  [[1, 2, 3, 4], [3, 4, 5, 6], 0.5],
  [[1, 1, 1, 2], [1, 2, 2, 2], 0.5],
])('the distance of %j and %j is %d, ties aside', (one, other, distance) => {
  expect(kolmogorovSmirnov(one, other)).toBeCloseTo(distance);
});

test('studies of one kind rarely seem to drift', () => {
  const windows = Array.from({ length: 200 }, (_, run) =>
    driftOf(studies(`a${run}`, 100), studies(`b${run}`, 40)).filter(({ drifted }) => drifted),
  );
  expect(windows.flat().length).toBeLessThanOrEqual(1);
});

test('a shift by one standard deviation is seen, with its direction', () => {
  const drift = driftOf(studies('a', 100), studies('b', 40, { mean: 0.18 }));
  expect(drift.find(({ measure }) => measure === 'similarity')).toMatchObject({ drifted: true });
  expect(drift.find(({ measure }) => measure === 'similarity')!.shift).toBeCloseTo(-0.02, 2);
});

test('embeddings that point elsewhere are seen, though every similarity is as before', () => {
  const [reference, latest] = [studies('a', 100), studies('b', 40, { turn: 0.4 })];
  const drifted = driftOf(reference, latest).filter((drift) => drift.drifted);
  expect(drifted.map(({ measure }) => measure)).toEqual(['likeness of embeddings']);
  expect(embeddingDistance(reference, latest)).toBeGreaterThan(10 * embeddingDistance(reference, studies('c', 40))!);
});
