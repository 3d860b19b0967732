import type { Code } from '#domain/code';
import type { Interval } from '#domain/finding';
import type { CodeItem, NumItem, OfTemplate } from './content-item.ts';
import { hasConceptMod, ofTemplate } from './content-item.ts';
import { measurementInterval, percentileRanking } from './tid310-measurement-properties.ts';
import { algorithmIdentification, type Algorithm } from './tid4019-algorithm-identification.ts';

export type RoiMeasurement = OfTemplate<'1419', NumItem>;

export interface Measured {
  readonly name: Code;
  readonly value: number;
  readonly unit: Code;
  readonly interval?: Interval;
  /** Per cent of the calibration's cases that are not above it. */
  readonly percentile?: number | undefined;
  /** What the concept name alone does not say (row 6). */
  readonly modifiers?: readonly CodeItem[];
  readonly algorithm: Algorithm;
}

/** TID 1419 ROI Measurements, row 5: one number, how it was got and how sure it is. */
export function roiMeasurement(measured: Measured): RoiMeasurement {
  const { name, value, unit, interval, percentile, modifiers = [], algorithm } = measured;
  return ofTemplate<'1419', NumItem>({
    valueType: 'NUM',
    name,
    value,
    unit,
    children: [
      ...modifiers.map(hasConceptMod),
      ...(interval ? measurementInterval(value, unit, interval) : []),
      ...(percentile === undefined ? [] : percentileRanking(percentile)),
      ...algorithmIdentification(algorithm).map(hasConceptMod),
    ],
  });
}
