/** A case with what is true of it, and the score that should tell. */
export interface ScoredCase {
  readonly score: number;
  readonly isPositive: boolean;
}

export interface RocPoint {
  readonly threshold: number;
  readonly sensitivity: number;
  readonly specificity: number;
}

/** The area under the ROC curve: how often a positive case scores above a negative one, ties counting half. Undefined without both. */
export function areaUnderCurve(cases: readonly ScoredCase[]): number | undefined {
  const sorted = cases.toSorted((a, b) => a.score - b.score);
  const positives = cases.filter(({ isPositive }) => isPositive).length;
  const negatives = cases.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  let rankSum = 0;
  for (let from = 0; from < sorted.length;) {
    let to = from;
    while (to < sorted.length && sorted[to]!.score === sorted[from]!.score) to++;
    const rank = (from + to + 1) / 2; // ties share the mean of their ranks, counted from 1
    for (let at = from; at < to; at++) if (sorted[at]!.isPositive) rankSum += rank;
    from = to;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** The curve from the strictest threshold (nothing is called positive) to the laxest (everything is). */
export function rocCurve(cases: readonly ScoredCase[]): readonly RocPoint[] {
  const positives = cases.filter(({ isPositive }) => isPositive).length;
  const negatives = cases.length - positives;
  const sorted = cases.toSorted((a, b) => b.score - a.score);
  const points: RocPoint[] = [{ threshold: Infinity, sensitivity: 0, specificity: 1 }];
  let [hits, alarms] = [0, 0];
  for (const [index, { score, isPositive }] of sorted.entries()) {
    if (isPositive) hits++;
    else alarms++;
    if (sorted[index + 1]?.score === score) continue;
    points.push({
      threshold: score,
      sensitivity: positives === 0 ? 0 : hits / positives,
      specificity: negatives === 0 ? 1 : 1 - alarms / negatives,
    });
  }
  return points;
}

/**
 * Where sensitivity and specificity add up to most (Youden 1950); the threshold lies midway to the next lower score.
 * Undefined where no threshold does better than chance.
 */
export function youdenPoint(cases: readonly ScoredCase[]): RocPoint | undefined {
  if (areaUnderCurve(cases) === undefined) return undefined;
  const points = rocCurve(cases);
  const best = points.reduce(
    (best, point, index) => (youdenIndex(point) > youdenIndex(points[best]!) ? index : best),
    0,
  );
  const [point, next] = [points[best]!, points[best + 1]];
  if (youdenIndex(point) <= 0) return undefined;
  return { ...point, threshold: next ? (point.threshold + next.threshold) / 2 : point.threshold };
}

function youdenIndex({ sensitivity, specificity }: RocPoint): number {
  return sensitivity + specificity - 1;
}
