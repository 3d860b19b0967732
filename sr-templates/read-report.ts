import { isSameCode, type Code } from '#domain/code';
import type { Interval } from '#domain/finding';
import type { DicomJson } from '#domain/instance';
import { groupNames, names, statistics, uncertainty } from './codes.ts';
import { readContent, textOf, type FoundImage, type FoundItem } from './read-content.ts';

/** What an SR document says, as far as TID 1500 goes; of other documents the paragraphs. */
export interface ReportReading {
  readonly title?: Code;
  readonly completionFlag: string;
  readonly verificationFlag: string;
  readonly procedure?: Code;
  readonly groups: readonly GroupReading[];
  /** Answers and remarks outside groups. */
  readonly evaluations: readonly Evaluation[];
  /** Every text that stands by itself, in order. */
  readonly paragraphs: readonly { readonly name?: Code; readonly text: string }[];
  /** SOP Instance UIDs of the documents that this one replaces. */
  readonly predecessors: readonly string[];
}

/** A measurement group (TID 1410, 1411, 1501). */
export interface GroupReading {
  readonly trackingIdentifier?: string;
  readonly trackingUid?: string;
  readonly finding?: Code;
  readonly sites: readonly Code[];
  readonly measurements: readonly MeasurementReading[];
  readonly evaluations: readonly Evaluation[];
  readonly region?: NonNullable<FoundItem['graphic']> & { readonly image?: FoundImage };
  readonly images: readonly { readonly purpose?: Code; readonly image: FoundImage }[];
}

export interface MeasurementReading {
  readonly name?: Code;
  readonly value: number;
  readonly unit?: Code;
  /** Its level is NaN where the document does not state it. */
  readonly interval?: Interval;
  /** Per cent of a population that is not above it. */
  readonly percentile?: number;
  readonly modifiers: readonly Evaluation[];
}

export interface Evaluation {
  readonly name: Code;
  readonly value: Code | string;
}

/** The same concepts in SNOMED's old spelling, which older documents use. */
const olderCodes = new Map<Code, Code>([
  [groupNames.findingSite, { value: 'G-C0E3', scheme: 'SRT', meaning: 'Finding Site' }],
  [uncertainty.lower, { value: 'R-00362', scheme: 'SRT', meaning: '' }],
  [uncertainty.upper, { value: 'R-00364', scheme: 'SRT', meaning: '' }],
]);

/** Reads an SR document, ours or another's. Never throws: what is not understood is left out. */
export function readReport(json: DicomJson): ReportReading {
  const root = readContent(json);
  const found = everyItem(root);
  const procedure = found.find((item) => isNamed(item, names.procedureReported))?.code;
  const container = found.filter((item) => isNamed(item, names.qualitativeEvaluations));
  return {
    ...(root.name && { title: root.name }),
    completionFlag: textOf(json, '0040A491') ?? '',
    verificationFlag: textOf(json, '0040A493') ?? '',
    ...(procedure && { procedure }),
    groups: found.filter((item) => isNamed(item, groupNames.group)).map(readGroup),
    evaluations: container.flatMap((item) => evaluationsIn(item.children)),
    paragraphs: found.flatMap(({ relationship, valueType, name, text }) =>
      relationship === 'CONTAINS' && valueType === 'TEXT' && text !== undefined
        ? [{ ...(name && { name }), text }]
        : [],
    ),
    predecessors: referencedIn(json['0040A360']?.Value ?? []),
  };
}

function readGroup({ children }: FoundItem): GroupReading {
  const first = (name: Code): FoundItem | undefined => children.find((item) => isNamed(item, name));
  const trackingIdentifier = first(groupNames.trackingIdentifier)?.text;
  const trackingUid = first(groupNames.trackingUid)?.uid;
  const finding = first(groupNames.finding)?.code;
  const drawn = children.find((item) => item.graphic);
  const selected = drawn?.children.find((item) => item.image)?.image;
  return {
    ...(trackingIdentifier !== undefined && { trackingIdentifier }),
    ...(trackingUid !== undefined && { trackingUid }),
    ...(finding && { finding }),
    sites: children.flatMap((item) => (isNamed(item, groupNames.findingSite) && item.code ? [item.code] : [])),
    measurements: children.flatMap((item) => readMeasurement(item) ?? []),
    evaluations: evaluationsIn(children.filter((item) => !isNamed(item, groupNames.finding))),
    ...(drawn?.graphic && { region: { ...drawn.graphic, ...(selected && { image: selected }) } }),
    images: children.flatMap(({ name, image }) => (image ? [{ ...(name && { purpose: name }), image }] : [])),
  };
}

function readMeasurement({ name, number, children }: FoundItem): MeasurementReading | undefined {
  if (!number) return undefined;
  const interval = readInterval(number.value, children);
  const percentile = amountOf(statistics.percentileRanking, children);
  return {
    ...(name && { name }),
    value: number.value,
    ...(number.unit && { unit: number.unit }),
    ...(interval && { interval }),
    ...(percentile !== undefined && { percentile }),
    modifiers: children.flatMap(({ relationship, name: of, code, text }) =>
      relationship === 'HAS CONCEPT MOD' && of && (code ?? text) !== undefined
        ? [{ name: of, value: code ?? text ?? '' }]
        : [],
    ),
  };
}

/** Whatever the relationship: some nest it as a property, some as what the value was inferred from. */
function readInterval(value: number, children: readonly FoundItem[]): Interval | undefined {
  const [below, above] = [amountOf(uncertainty.lower, children), amountOf(uncertainty.upper, children)];
  if (below === undefined || above === undefined) return undefined;
  const level = (amountOf(groupNames.intervalLevel, children) ?? Number.NaN) / 100;
  return { lower: Number((value - below).toPrecision(12)), upper: Number((value + above).toPrecision(12)), level };
}

function amountOf(name: Code, children: readonly FoundItem[]): number | undefined {
  return children.find((item) => isNamed(item, name))?.number?.value;
}

function evaluationsIn(items: readonly FoundItem[]): readonly Evaluation[] {
  return items.flatMap(({ relationship, name, code, text }) => {
    const value = code ?? text;
    return relationship === 'CONTAINS' && name && value !== undefined ? [{ name, value }] : [];
  });
}

function everyItem(item: FoundItem): readonly FoundItem[] {
  return [item, ...item.children.flatMap(everyItem)];
}

function isNamed({ name }: FoundItem, wanted: Code): boolean {
  const older = olderCodes.get(wanted);
  return name !== undefined && (isSameCode(name, wanted) || (older !== undefined && isSameCode(name, older)));
}

/** SOP Instance UIDs within a Hierarchical SOP Instance Reference. */
function referencedIn(studies: readonly unknown[]): readonly string[] {
  const inside = (item: unknown, tag: string): readonly unknown[] => (item as DicomJson | null)?.[tag]?.Value ?? [];
  return studies
    .flatMap((study) => inside(study, '00081115'))
    .flatMap((series) => inside(series, '00081199'))
    .flatMap((instance) => inside(instance, '00081155'))
    .filter((uid) => typeof uid === 'string');
}
