import { seededRandom } from './random.ts';

/** A range that a figure lies in with the given certainty. */
export interface ConfidenceInterval {
  readonly lower: number;
  readonly upper: number;
  readonly level: number;
}

interface Resampling<Case> {
  readonly rounds?: number;
  readonly level?: number;
  readonly seed?: number;
  /** Cases are drawn within their group, so that each round has as many of each as there were. */
  readonly groupOf?: (one: Case) => unknown;
}

/** The percentile bootstrap (Efron 1979): the figure over cases drawn again with replacement. Undefined where no round gives one. */
export function bootstrapInterval<Case>(
  cases: readonly Case[],
  figure: (cases: readonly Case[]) => number | undefined,
  { rounds = 1000, level = 0.95, seed = 1, groupOf = () => 0 }: Resampling<Case> = {},
): ConfidenceInterval | undefined {
  const random = seededRandom(seed);
  const groups = [...Map.groupBy(cases, groupOf).values()];
  const figures: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const drawn = groups.flatMap((group) => group.map(() => group[Math.floor(random() * group.length)]!));
    const value = figure(drawn);
    if (value !== undefined && Number.isFinite(value)) figures.push(value);
  }
  if (figures.length === 0) return undefined;
  figures.sort((a, b) => a - b);
  return { lower: quantile(figures, (1 - level) / 2), upper: quantile(figures, (1 + level) / 2), level };
}

/** The value below which a share of sorted values lies, between neighbours in proportion. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below]!, sorted[Math.min(sorted.length - 1, below + 1)]!];
  return low + (high - low) * (place - below);
}
