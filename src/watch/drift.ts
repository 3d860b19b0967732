import type { Sighting } from '#domain/sighting';
import type { Drift } from '#domain/watching';

/** Chance exceeds the limit once in so many windows of one measure: there are dozens of measures, and nobody heeds false alarms. */
const falseAlarm = 1e-4;

/** How each measure of the latest studies lies to those of the reference; what either window lacks is left out. */
export function driftOf(reference: readonly Sighting[], latest: readonly Sighting[]): readonly Drift[] {
  const names = new Set(reference.flatMap(({ measures }) => Object.keys(measures)));
  const measured = [...names].map((name) => {
    const values = (of: readonly Sighting[]) => of.flatMap(({ measures }) => measures[name] ?? []);
    return compared(name, values(reference), values(latest));
  });
  const { ours, theirs } = likeness(reference, latest);
  return [...measured, compared('likeness of embeddings', ours, theirs)].flatMap((drift) => drift ?? []);
}

function compared(measure: string, ours: readonly number[], theirs: readonly number[]): Drift | undefined {
  if (ours.length < 2 || theirs.length < 2) return undefined;
  const statistic = kolmogorovSmirnov(ours, theirs);
  const limit =
    Math.sqrt(-Math.log(falseAlarm / 2) / 2) * Math.sqrt((ours.length + theirs.length) / (ours.length * theirs.length));
  return { measure, statistic, limit, shift: median(theirs) - median(ours), drifted: statistic > limit };
}

/** Largest difference between two empirical distributions. */
export function kolmogorovSmirnov(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [one.toSorted((x, y) => x - y), other.toSorted((x, y) => x - y)];
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! <= at) i += 1;
    while (j < b.length && b[j]! <= at) j += 1;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/** The cosine of each study's embedding with the mean of the reference, of which it is no part itself. */
function likeness(reference: readonly Sighting[], latest: readonly Sighting[]) {
  const [ours, theirs] = [embeddings(reference), embeddings(latest)];
  const sum = total(ours);
  return {
    ours:
      ours.length < 2
        ? []
        : ours.map((own) =>
            cosine(
              own,
              sum.map((value, at) => value - own[at]!),
            ),
          ),
    theirs: sum.length === 0 ? [] : theirs.filter(({ length }) => length === sum.length).map((own) => cosine(own, sum)),
  };
}

/** 1 minus the cosine between the mean embeddings; undefined where a window has none. */
export function embeddingDistance(reference: readonly Sighting[], latest: readonly Sighting[]): number | undefined {
  const [ours, theirs] = [total(embeddings(reference)), total(embeddings(latest))];
  return ours.length > 0 && ours.length === theirs.length ? 1 - cosine(ours, theirs) : undefined;
}

function embeddings(of: readonly Sighting[]): readonly (readonly number[])[] {
  return of.flatMap(({ embedding }) => (embedding ? [embedding] : []));
}

function total(vectors: readonly (readonly number[])[]): readonly number[] {
  const [first, ...rest] = vectors;
  if (!first) return [];
  return rest.reduce((sum, vector) => sum.map((value, at) => value + (vector[at] ?? 0)), first);
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (const [at, value] of a.entries()) {
    ab += value * b[at]!;
    aa += value ** 2;
    bb += b[at]! ** 2;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
