import type { Code } from '#domain/code';
import type { DicomJson, DicomJsonElement } from '#domain/instance';

/** Unified Procedure Step - Push: the class of every step, whatever is done with it (PS3.4 section CC.3.1). */
export const upsPush = '1.2.840.10008.5.1.4.34.6.1';

/** What we do: Computer Aided Detection (PS3.16 CID 9231, General Purpose Workitem Definition). */
export const workitemCode = { value: '110004', scheme: 'DCM', meaning: 'Computer Aided Detection' } as const;

/** Tags of the Unified Procedure Step (PS3.3 annex B.26), by keyword. */
export const tags = {
  SpecificCharacterSet: '00080005',
  SOPClassUID: '00080016',
  SOPInstanceUID: '00080018',
  TransactionUID: '00081195',
  StudyInstanceUID: '0020000D',
  SeriesInstanceUID: '0020000E',
  ScheduledProcedureStepStartDateTime: '00404005',
  ScheduledProcedureStepModificationDateTime: '00404010',
  ScheduledWorkitemCodeSequence: '00404018',
  PerformedWorkitemCodeSequence: '00404019',
  InputInformationSequence: '00404021',
  ScheduledStationNameCodeSequence: '00404025',
  ScheduledStationClassCodeSequence: '00404026',
  ScheduledStationGeographicLocationCodeSequence: '00404027',
  PerformedStationNameCodeSequence: '00404028',
  OutputInformationSequence: '00404033',
  ScheduledHumanPerformersSequence: '00404034',
  InputReadinessState: '00404041',
  PerformedProcedureStepStartDateTime: '00404050',
  PerformedProcedureStepEndDateTime: '00404051',
  ProcedureStepCancellationDateTime: '00404052',
  CommentsOnTheScheduledProcedureStep: '00400400',
  ReferencedRequestSequence: '0040A370',
  ProcedureStepState: '00741000',
  ProcedureStepProgressInformationSequence: '00741002',
  ProcedureStepProgress: '00741004',
  ProcedureStepProgressDescription: '00741006',
  ProcedureStepCommunicationsURISequence: '00741008',
  ContactURI: '0074100A',
  ContactDisplayName: '0074100C',
  ProcedureStepDiscontinuationReasonCodeSequence: '0074100E',
  ScheduledProcedureStepPriority: '00741200',
  WorklistLabel: '00741202',
  ProcedureStepLabel: '00741204',
  ScheduledProcessingParametersSequence: '00741210',
  UnifiedProcedureStepPerformedProcedureSequence: '00741216',
  ReplacedProcedureStepSequence: '00741224',
  ReasonForCancellation: '00741238',
} as const;

export function element(vr: string, ...Value: readonly unknown[]): DicomJsonElement {
  return Value.length === 0 ? { vr } : { vr, Value };
}

/** The first value of an attribute. */
export function first(dataset: DicomJson | undefined, tag: string): unknown {
  return dataset?.[tag]?.Value?.[0];
}

export function textOf(dataset: DicomJson | undefined, tag: string): string {
  const value = first(dataset, tag);
  return typeof value === 'string' ? value : '';
}

/** The first item of a sequence. */
export function itemOf(dataset: DicomJson | undefined, tag: string): DicomJson | undefined {
  const value = first(dataset, tag);
  return typeof value === 'object' && value !== null ? (value as DicomJson) : undefined;
}

export function hasValue(dataset: DicomJson | undefined, tag: string): boolean {
  const value = first(dataset, tag);
  return value !== undefined && value !== null && value !== '';
}

/** A coded entry as an item (PS3.3 table 8.8-1). */
export function codeItem({ value, scheme, meaning }: Code): DicomJson {
  return { '00080100': element('SH', value), '00080102': element('SH', scheme), '00080104': element('LO', meaning) };
}

/** A moment as a DT in UTC. */
export function dateTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().replace(/[-:TZ]/g, '')}+0000`;
}
