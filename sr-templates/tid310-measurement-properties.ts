import type { Code } from '#domain/code';
import { AgentError } from '#domain/errors';
import type { Interval } from '#domain/finding';
import { groupNames, statistics, uncertainty, values } from './codes.ts';
import { inferredFrom, type Inferred } from './content-item.ts';

/**
 * How far below and above the value its interval reaches, and the coverage aimed at, with the concepts of TID 310
 * Measurement Properties, row 5. They stand in row 13 of TID 1419 (INFERRED FROM any NUM): by TID 310 they would be
 * HAS PROPERTIES, which PixelMed's validator takes for a broken row 13 and refuses.
 */
export function measurementInterval(value: number, unit: Code, { lower, upper, level }: Interval): readonly Inferred[] {
  if (lower > value || upper < value) throw new AgentError('REPORT_INVALID', 'An interval does not hold its value.');
  const num = (name: Code, amount: number, of: Code): Inferred =>
    inferredFrom({ valueType: 'NUM', name, value: amount, unit: of });
  return [
    num(uncertainty.lower, difference(value, lower), unit),
    num(uncertainty.upper, difference(upper, value), unit),
    num(groupNames.intervalLevel, Number((100 * level).toPrecision(12)), values.percent),
  ];
}

/** How many per cent of a population's measurements are not above this one (CID 227), in row 13 of TID 1419 for the same reason. */
export function percentileRanking(percentile: number): readonly Inferred[] {
  const name = statistics.percentileRanking;
  return [inferredFrom({ valueType: 'NUM', name, value: percentile, unit: values.percent })];
}

/** Without the last digits, which binary fractions make up. */
function difference(a: number, b: number): number {
  return Number((a - b).toPrecision(12));
}
