import { mean, type NumberPair } from './agreement.ts';

/** How a raw estimate becomes a value, and how far the truth may lie from it. */
export interface NumberCalibration {
  readonly scale: number;
  readonly offset: number;
  readonly interval?: { readonly below: number; readonly above: number; readonly level: number };
}

/** Pairs of which a conformal interval is made need this many others to fit the line on. */
const pairsMin = 20;

/**
 * Least squares of the truth on the estimate, then a split conformal interval on each side (Vovk et al. 2005): the line
 * is fitted on every second pair, the margins are measured on the others. With few pairs there is a line and no interval.
 */
export function calibrateNumber(pairs: readonly NumberPair[], level = 0.9): NumberCalibration | undefined {
  if (pairs.length < 2) return undefined;
  if (pairs.length < pairsMin) return line(pairs);
  const fitted = line(pairs.filter((_, index) => index % 2 === 0));
  const errors = pairs
    .filter((_, index) => index % 2 === 1)
    .map(({ estimate, truth }) => truth - (fitted.scale * estimate + fitted.offset));
  const side = (1 + level) / 2;
  return {
    ...fitted,
    interval: {
      below: margin(
        errors.map((error) => -error),
        side,
      ),
      above: margin(errors, side),
      level,
    },
  };
}

function line(pairs: readonly NumberPair[]): { scale: number; offset: number } {
  const [x, y] = [mean(pairs.map(({ estimate }) => estimate)), mean(pairs.map(({ truth }) => truth))];
  const spread = pairs.reduce((sum, { estimate }) => sum + (estimate - x) ** 2, 0);
  const together = pairs.reduce((sum, { estimate, truth }) => sum + (estimate - x) * (truth - y), 0);
  const scale = spread === 0 ? 1 : together / spread;
  return { scale, offset: y - scale * x };
}

/** The error that a new case stays under with the given certainty: the ⌈(n + 1) level⌉-th smallest. */
function margin(errors: readonly number[], level: number): number {
  const sorted = errors.toSorted((a, b) => a - b);
  const place = Math.min(sorted.length, Math.ceil((sorted.length + 1) * level)) - 1;
  return Math.max(0, sorted[place]!);
}
