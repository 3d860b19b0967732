import type { DicomJson } from '#domain/instance';
import { priorityLevels } from '#domain/triage';
import { element, hasValue, itemOf, tags } from './attributes.ts';

/** Attributes that a new step must have with a value (PS3.4 table CC.2.5-3, N-CREATE, type 1). */
export const requiredAtCreation = [
  'ScheduledProcedureStepPriority',
  'ProcedureStepLabel',
  'ScheduledProcedureStepStartDateTime',
  'InputReadinessState',
  'ProcedureStepState',
] as const satisfies readonly Keyword[];
type Keyword = keyof typeof tags;

/** Attributes that every step has, if only empty (type 2); what is missing is added. */
const presentAtCreation: DicomJson = {
  '00081080': { vr: 'LO' },
  '00081084': { vr: 'SQ' },
  '00100010': { vr: 'PN' },
  '00100020': { vr: 'LO' },
  '00100030': { vr: 'DA' },
  '00100040': { vr: 'CS' },
  '00101002': { vr: 'SQ' },
  '00380010': { vr: 'LO' },
  '00380014': { vr: 'SQ' },
  '00400400': { vr: 'LT' },
  '00404018': { vr: 'SQ' },
  '00404021': { vr: 'SQ' },
  '00404025': { vr: 'SQ' },
  '00404026': { vr: 'SQ' },
  '00404027': { vr: 'SQ' },
  '0040A370': { vr: 'SQ' },
  '00741002': { vr: 'SQ' },
  '00741202': { vr: 'LO' },
  '00741210': { vr: 'SQ' },
  '00741216': { vr: 'SQ' },
};

/** Attributes that an update may not touch (N-SET, "not allowed"). */
const fixedAfterCreation: readonly string[] = [
  tags.SOPClassUID,
  tags.SOPInstanceUID,
  tags.ProcedureStepState,
  tags.ReferencedRequestSequence,
  tags.ReplacedProcedureStepSequence,
  '00081080',
  '00081084',
  '00100010',
  '00100020',
  '00100030',
  '00100040',
  '00380010',
  '00380014',
];

/** Values that are enumerated (PS3.3 sections C.30.1 and C.30.2). */
const enumerated: Readonly<Record<string, readonly string[]>> = {
  [tags.ScheduledProcedureStepPriority]: priorityLevels,
  [tags.InputReadinessState]: ['INCOMPLETE', 'UNAVAILABLE', 'READY'],
};

/** The step with all that it must have at least, and whether anything was added. */
export function completed(dataset: DicomJson): { readonly dataset: DicomJson; readonly added: boolean } {
  const added = Object.keys(presentAtCreation).some((tag) => !(tag in dataset));
  return { dataset: { ...presentAtCreation, ...dataset }, added };
}

/** Why a data set cannot become a step, by keyword; undefined where it can. */
export function faultAtCreation(dataset: DicomJson): string | undefined {
  const missing = requiredAtCreation.find((keyword) => !hasValue(dataset, tags[keyword]));
  if (missing) return `${missing} has no value.`;
  // What is performed is not known yet (types "shall be empty").
  const early = (
    [
      'TransactionUID',
      'ProcedureStepProgressInformationSequence',
      'UnifiedProcedureStepPerformedProcedureSequence',
    ] as const
  ).find((keyword) => hasValue(dataset, tags[keyword]));
  return early ? `${early} is empty at the creation.` : enumerationFault(dataset);
}

/** Why a data set cannot update a step; undefined where it can. */
export function faultInUpdate(dataset: DicomJson): string | undefined {
  const fixed = fixedAfterCreation.find((tag) => tag in dataset);
  if (fixed) return `(${fixed.slice(0, 4)},${fixed.slice(4)}) cannot be updated.`;
  const emptied = requiredAtCreation.find((keyword) => tags[keyword] in dataset && !hasValue(dataset, tags[keyword]));
  return emptied ? `${emptied} has no value.` : enumerationFault(dataset);
}

function enumerationFault(dataset: DicomJson): string | undefined {
  const wrong = Object.entries(enumerated).find(
    ([tag, values]) => hasValue(dataset, tag) && !values.includes(String(dataset[tag]?.Value?.[0])),
  );
  return wrong && `(${wrong[0].slice(0, 4)},${wrong[0].slice(4)}) is one of ${wrong[1].join(', ')}.`;
}

type FinalState = 'COMPLETED' | 'CANCELED';

/** Final State codes of PS3.4 table CC.2.5-3: R in either state, P for COMPLETED, X for CANCELED; all others are free. */
const finalRequirements: readonly {
  readonly code: 'R' | 'P' | 'X';
  readonly within?: Keyword;
  readonly keyword: Keyword;
}[] = [
  { code: 'R', keyword: 'SOPClassUID' },
  { code: 'R', keyword: 'SOPInstanceUID' },
  { code: 'R', keyword: 'ScheduledProcedureStepPriority' },
  { code: 'R', keyword: 'ScheduledProcedureStepModificationDateTime' },
  { code: 'R', keyword: 'ScheduledProcedureStepStartDateTime' },
  { code: 'R', keyword: 'InputReadinessState' },
  { code: 'R', keyword: 'ProcedureStepState' },
  { code: 'X', keyword: 'ProcedureStepProgressInformationSequence' },
  { code: 'X', within: 'ProcedureStepProgressInformationSequence', keyword: 'ProcedureStepCancellationDateTime' },
  {
    code: 'X',
    within: 'ProcedureStepProgressInformationSequence',
    keyword: 'ProcedureStepDiscontinuationReasonCodeSequence',
  },
  { code: 'P', keyword: 'UnifiedProcedureStepPerformedProcedureSequence' },
  ...(
    [
      'PerformedStationNameCodeSequence',
      'PerformedProcedureStepStartDateTime',
      'PerformedWorkitemCodeSequence',
      'PerformedProcedureStepEndDateTime',
    ] as const
  ).map((keyword) => ({
    code: 'P' as const,
    within: 'UnifiedProcedureStepPerformedProcedureSequence' as const,
    keyword,
  })),
];

/** What a step still lacks before it may end so, by keyword; nothing where it may. */
export function lacking(dataset: DicomJson, state: FinalState): readonly string[] {
  const code = state === 'COMPLETED' ? 'P' : 'X';
  const missing = finalRequirements
    .filter((row) => row.code === 'R' || row.code === code)
    .filter(({ within, keyword }) => !hasValue(within ? itemOf(dataset, tags[within]) : dataset, tags[keyword]))
    .map(({ keyword }) => keyword);
  // "If there are no relevant output objects, then this sequence may have no items": but it must be there.
  const performed = itemOf(dataset, tags.UnifiedProcedureStepPerformedProcedureSequence);
  const isSilent = state === 'COMPLETED' && performed && !(tags.OutputInformationSequence in performed);
  return isSilent ? [...missing, 'OutputInformationSequence'] : missing;
}

/** Discontinued for unspecified reason (PS3.16 CID 9300). */
export const unspecifiedReason = {
  value: '110513',
  scheme: 'DCM',
  meaning: 'Discontinued for unspecified reason',
} as const;

/** The progress of a step that ends canceled: what was told, with the moment filled in (table CC.2.5-3, Procedure Step Cancellation DateTime). */
export function withCancellation(dataset: DicomJson, more: DicomJson, at: string): DicomJson {
  const progress = itemOf(dataset, tags.ProcedureStepProgressInformationSequence) ?? {};
  const item = { [tags.ProcedureStepCancellationDateTime]: element('DT', at), ...progress, ...more };
  return { ...dataset, [tags.ProcedureStepProgressInformationSequence]: element('SQ', item) };
}
