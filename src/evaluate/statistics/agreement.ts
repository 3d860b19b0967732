/** A number that was read off, and the true one. */
export interface NumberPair {
  readonly estimate: number;
  readonly truth: number;
}

/** How far estimates lie from the truth. */
export interface Agreement {
  readonly n: number;
  readonly meanAbsoluteError: number;
  /** Mean of estimate minus truth. */
  readonly bias: number;
  readonly rootMeanSquareError: number;
  /** Pearson's r; undefined where one of the two does not vary. */
  readonly correlation: number | undefined;
  /** Bias ± 1.96 standard deviations of the difference (Bland and Altman 1986). */
  readonly limits: readonly [lower: number, upper: number];
}

/** Compares estimates with the truth. Undefined for no pair. */
export function agreement(pairs: readonly NumberPair[]): Agreement | undefined {
  if (pairs.length === 0) return undefined;
  const errors = pairs.map(({ estimate, truth }) => estimate - truth);
  const bias = mean(errors);
  const spread = Math.sqrt(
    errors.reduce((sum, error) => sum + (error - bias) ** 2, 0) / Math.max(1, errors.length - 1),
  );
  return {
    n: pairs.length,
    meanAbsoluteError: mean(errors.map(Math.abs)),
    bias,
    rootMeanSquareError: Math.sqrt(mean(errors.map((error) => error ** 2))),
    correlation: correlation(pairs),
    limits: [bias - 1.96 * spread, bias + 1.96 * spread],
  };
}

function correlation(pairs: readonly NumberPair[]): number | undefined {
  const [x, y] = [mean(pairs.map(({ estimate }) => estimate)), mean(pairs.map(({ truth }) => truth))];
  let [xx, yy, xy] = [0, 0, 0];
  for (const { estimate, truth } of pairs) {
    xx += (estimate - x) ** 2;
    yy += (truth - y) ** 2;
    xy += (estimate - x) * (truth - y);
  }
  return xx === 0 || yy === 0 ? undefined : xy / Math.sqrt(xx * yy);
}

/** The arithmetic mean; not a number for none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
