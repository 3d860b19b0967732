import type { Code } from '#domain/code';
import { AgentError } from '#domain/errors';
import type { Interval } from '#domain/finding';
import { groupNames, uncertainty, values } from './codes.ts';
import { hasProperties, type NumItem, type Property } from './content-item.ts';

/** TID 310 Measurement Properties, row 5: how far below and above the value its interval reaches, and the coverage aimed at. */
export function measurementInterval(value: number, unit: Code, { lower, upper, level }: Interval): readonly Property[] {
  if (lower > value || upper < value) throw new AgentError('REPORT_INVALID', 'An interval does not hold its value.');
  const num = (name: Code, amount: number, of: Code): Property =>
    hasProperties({ valueType: 'NUM', name, value: amount, unit: of } satisfies NumItem);
  return [
    num(uncertainty.lower, difference(value, lower), unit),
    num(uncertainty.upper, difference(upper, value), unit),
    num(groupNames.intervalLevel, Number((100 * level).toPrecision(12)), values.percent),
  ];
}

/** Without the last digits, which binary fractions make up. */
function difference(a: number, b: number): number {
  return Number((a - b).toPrecision(12));
}
