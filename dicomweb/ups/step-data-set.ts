import { faults } from '#domain/errors';
import type { ResultDocument } from '#domain/document';
import type { DicomJson, DicomJsonElement } from '#domain/instance';
import type { StudyUid } from '#domain/uid';
import { isFinal } from '#domain/workitem';
import { codeItem, dateTime, element, tags, upsPush, workitemCode } from './attributes.ts';
import type { Performer, StepFacts } from './step-facts.ts';
import { withdrawnFault } from './transactions.ts';

const workitem = codeItem(workitemCode);
const label = 'Echo analysis, research use only';

/** Who the patient is, as the source says it (Relationship module, PS3.3 section C.30.4); what it does not say is empty. */
const copied = {
  '00081080': 'LO', // Admitting Diagnoses Description
  '00081084': 'SQ', // Admitting Diagnoses Code Sequence
  '00100010': 'PN', // Patient's Name
  '00100020': 'LO', // Patient ID
  '00100030': 'DA', // Patient's Birth Date
  '00100040': 'CS', // Patient's Sex
  '00101002': 'SQ', // Other Patient IDs Sequence
  '00380010': 'LO', // Admission ID
  '00380014': 'SQ', // Issuer of Admission ID Sequence
} as const;
/** Given only where the source has them. */
const copiedIfPresent = ['00100021', '00100024', '00380300', '00080201'];

/** Which exam, as the source says it (Referenced Request Sequence). */
const request = {
  '00080050': 'SH', // Accession Number
  '00080051': 'SQ', // Issuer of Accession Number Sequence
  '00321060': 'LO', // Requested Procedure Description
  '00321064': 'SQ', // Requested Procedure Code Sequence
  '00400026': 'SQ', // Order Placer Identifier Sequence
  '00400027': 'SQ', // Order Filler Identifier Sequence
  '00401001': 'SH', // Requested Procedure ID
} as const;

/** All attributes of a new step (PS3.4 table CC.2.5-3, N-CREATE). */
export function newStepDataSet(facts: StepFacts, replaced: string | undefined): DicomJson {
  const { standing, performer } = facts;
  const source = standing.source?.facts.attributes.disclose() ?? {};
  const present = copiedIfPresent.filter((tag) => tag in source).map((tag) => [tag, source[tag]!]);
  return {
    ...asIn(source, copied),
    ...Object.fromEntries(present),
    [tags.StudyInstanceUID]: element('UI', standing.study.study),
    [tags.ScheduledProcedureStepStartDateTime]: element('DT', dateTime(standing.study.firstArrivalAt)),
    [tags.ScheduledWorkitemCodeSequence]: element('SQ', workitem),
    [tags.ScheduledStationNameCodeSequence]: element('SQ', stationCode(performer)),
    [tags.ScheduledStationClassCodeSequence]: element('SQ'),
    [tags.ScheduledStationGeographicLocationCodeSequence]: element('SQ'),
    [tags.ReferencedRequestSequence]: element('SQ', {
      [tags.StudyInstanceUID]: element('UI', standing.study.study),
      ...asIn(source, request),
    }),
    [tags.ProcedureStepState]: element('CS', 'SCHEDULED'),
    [tags.ProcedureStepProgressInformationSequence]: element('SQ'),
    [tags.WorklistLabel]: element('LO', performer.worklistLabel),
    [tags.ProcedureStepLabel]: element('LO', label),
    [tags.ScheduledProcessingParametersSequence]: element('SQ'),
    [tags.UnifiedProcedureStepPerformedProcedureSequence]: element('SQ'),
    ...scheduledAttributes(facts),
    ...(replaced !== undefined && {
      [tags.ReplacedProcedureStepSequence]: element('SQ', reference(upsPush, replaced)),
    }),
  };
}

/** What of a scheduled step follows how the study stands. */
export function scheduledAttributes({ planned, sources, performer }: StepFacts): DicomJson {
  return {
    [tags.ScheduledProcedureStepPriority]: element('CS', planned.priority),
    [tags.CommentsOnTheScheduledProcedureStep]: element('LT', planned.comments),
    [tags.InputReadinessState]: element('CS', planned.readiness),
    [tags.InputInformationSequence]: element(
      'SQ',
      ...accessItems(
        sources.map(({ facts }) => facts),
        performer,
      ),
    ),
  };
}

/** What is told of a step that has begun: what is known, what was done, and, at its end, what came of it. */
export function performedAttributes(
  { planned, standing, performer }: StepFacts,
  documents: readonly ResultDocument[],
  now: number,
): DicomJson {
  const isOver = isFinal(planned.state);
  const begunAt = standing.assessment?.settledAt ?? standing.study.lastArrivalAt;
  const performed = {
    [tags.PerformedStationNameCodeSequence]: element('SQ', stationCode(performer)),
    [tags.PerformedProcedureStepStartDateTime]: element('DT', dateTime(begunAt)),
    [tags.PerformedWorkitemCodeSequence]: element('SQ', workitem),
    [tags.OutputInformationSequence]: element('SQ', ...accessItems(documents, performer)),
    ...(isOver && { [tags.PerformedProcedureStepEndDateTime]: element('DT', dateTime(now)) }),
  };
  const progress = {
    ...(planned.progress !== undefined && { [tags.ProcedureStepProgressDescription]: element('ST', planned.progress) }),
    ...(planned.state === 'COMPLETED' && { [tags.ProcedureStepProgress]: element('DS', 100) }),
  };
  return {
    [tags.ProcedureStepProgressInformationSequence]:
      Object.keys(progress).length > 0 ? element('SQ', progress) : element('SQ'),
    [tags.UnifiedProcedureStepPerformedProcedureSequence]: element('SQ', performed),
  };
}

/** Why a step of ours ends canceled: its study was set aside, or another revision took its place. */
export function cancellationReason(because: { readonly fault: string } | { readonly supersededBy: number }): DicomJson {
  const [code, text] =
    'fault' in because
      ? [unspecified(because.fault), sentenceOf(because.fault)]
      : [rescheduled, `Superseded by revision ${because.supersededBy}.`];
  return {
    [tags.ReasonForCancellation]: element('LT', text),
    [tags.ProcedureStepDiscontinuationReasonCodeSequence]: element('SQ', codeItem(code)),
  };
}

// PS3.16 CID 9300, Procedure Discontinuation Reason
const rescheduled = { value: '110528', scheme: 'DCM', meaning: 'Discontinued Procedure Step rescheduled' };

function unspecified(fault: string) {
  return fault === withdrawnFault
    ? { value: '110500', scheme: 'DCM', meaning: 'Doctor canceled procedure' }
    : { value: '110501', scheme: 'DCM', meaning: 'Equipment failure' };
}

function sentenceOf(fault: string): string {
  if (fault === withdrawnFault) return 'Its cancellation was requested.';
  return fault in faults ? `${faults[fault as keyof typeof faults].sentence} (${fault})` : fault;
}

function stationCode({ station }: Performer): DicomJson {
  return codeItem({ value: station, scheme: '99APICAL', meaning: 'Apical echo AI agent' });
}

function asIn(source: DicomJson, wanted: Readonly<Record<string, string>>): DicomJson {
  return Object.fromEntries(Object.entries(wanted).map(([tag, vr]) => [tag, source[tag] ?? { vr }]));
}

type Placed = Pick<ResultDocument, 'study' | 'series' | 'sopClass' | 'sopInstance'>;

/** Referenced Instances and Access Macro (PS3.3 table 10-3b): an item a series, to be fetched by WADO-RS. */
function accessItems(objects: readonly Placed[], { archiveUrl }: Performer): readonly DicomJson[] {
  const series = Map.groupBy(objects, (object) => object.series);
  return [...series].map(([uid, members]) => {
    const study: StudyUid = members[0]!.study;
    const url = `${archiveUrl}/studies/${study}/series/${uid}`;
    return {
      '0040E020': element('CS', 'DICOM'),
      [tags.StudyInstanceUID]: element('UI', study),
      [tags.SeriesInstanceUID]: element('UI', uid),
      '00081199': element('SQ', ...members.map(({ sopClass, sopInstance }) => reference(sopClass, sopInstance))),
      '0040E025': element('SQ', { '00081190': element('UR', url) }),
    };
  });
}

function reference(sopClass: string, sopInstance: string): DicomJson & Record<string, DicomJsonElement> {
  return { '00081150': element('UI', sopClass), '00081155': element('UI', sopInstance) };
}
