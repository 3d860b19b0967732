import type { Code } from '#domain/code';
import type { Interval } from '#domain/finding';
import { echoNames, groupNames, names, uncertainty, values } from './codes.ts';
import { code, hasConceptMod, hasProperty, inferredFrom, ofTemplate, text } from './content-item.ts';
import type { ConceptModifier, NumItem, OfTemplate, Property, ScoordItem, UnmeasuredItem } from './content-item.ts';
import { algorithmIdentification, type Algorithm } from './tid4019-algorithm-identification.ts';

export type PostCoordinatedMeasurement = OfTemplate<'5302', NumItem | UnmeasuredItem>;

export interface EchoMeasurement {
  /** A code of our own: the modifiers say what it means. */
  readonly name: Code;
  readonly site: Code;
  /** CID 12302: whether the site itself is described, or what flows through it. */
  readonly observation: Code;
  /** CID 12304. */
  readonly property: Code;
  /** CID 12226, where only one view will do. */
  readonly view?: Code;
  readonly shortLabel: string;
  readonly algorithm: Algorithm;
  readonly measured: Measured | { readonly unmeasured: Code };
}

interface Measured {
  readonly value: number;
  readonly unit: Code;
  readonly interval?: Interval;
  readonly region: ScoordItem;
}

/** TID 5302 Post-coordinated Echo Measurement, in the order of the example in PS3.17 section CCCC.5. */
export function postCoordinatedMeasurement(wanted: EchoMeasurement): PostCoordinatedMeasurement {
  const { name, measured } = wanted;
  if ('unmeasured' in measured)
    return ofTemplate<'5302', UnmeasuredItem>({ valueType: 'NUM', name, ...measured, children: described(wanted) });
  const { value, unit, interval, region } = measured;
  return ofTemplate<'5302', NumItem>({
    valueType: 'NUM',
    name,
    value,
    unit,
    children: [...described(wanted), ...(interval ? bounds(interval, unit, value) : []), inferredFrom(source(region))],
  });
}

function described({ site, observation, property, view, shortLabel, algorithm }: EchoMeasurement) {
  const modifiers: readonly ConceptModifier[] = [
    code(echoNames.measurementType, values.calculated),
    code(groupNames.findingSite, site),
    code(echoNames.observationType, observation),
    code(echoNames.measuredProperty, property),
    code(groupNames.method, values.zeroShot),
    code(echoNames.imageMode, values.twoDimensional),
    ...(view ? [code(names.imageView, view)] : []),
    // Beyond the template, which does not prohibit it: who has only the number knows who estimated it.
    ...algorithmIdentification(algorithm),
  ].map(hasConceptMod);
  return [...modifiers, hasProperty(text(echoNames.shortLabel, shortLabel))];
}

/** TID 320 Image or Spatial Coordinates, whose purpose this template states. */
function source(region: ScoordItem): ScoordItem {
  return { ...region, name: groupNames.sourceOfMeasurement };
}

/** TID 310 Measurement Properties, row 5. */
function bounds({ lower, upper, level }: Interval, unit: Code, value: number): readonly Property[] {
  const num = (name: Code, amount: number, of: Code): Property =>
    hasProperty({ valueType: 'NUM', name, value: Number(amount.toPrecision(12)), unit: of });
  return [
    num(uncertainty.lower, value - lower, unit),
    num(uncertainty.upper, upper - value, unit),
    num(groupNames.intervalLevel, 100 * level, values.percent),
  ];
}
