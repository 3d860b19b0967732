import { readHeader } from '#dicom/header';
import { isSameCode, type Code } from '#domain/code';
import { AgentError } from '#domain/errors';
import type { Interval } from '#domain/finding';
import type { Identifying } from '#domain/identifying';
import type { DicomJson, Instance } from '#domain/instance';
import type { Triage } from '#domain/triage';
import type { StudyUid } from '#domain/uid';
import type { Standing } from '#src/ports/worklist';
import { groupNames, names, notAssessed } from '#templates/codes';
import { readReport, type GroupReading } from '#templates/read-report';
import { phantomOnly } from '#templates/statements';
import { identityIn, type Identity } from './identity.ts';

/** How a report relates to those before it. */
export type MessageStatus = 'preliminary' | 'final' | 'corrected';

/** What a message says, whatever its form: read back off the measurement report, so that its values are the report's. */
export interface Message {
  /** SOP Instance UID of the report: the same report, the same message. */
  readonly document: string;
  readonly study: StudyUid;
  readonly status: MessageStatus;
  /** SOP Instance UIDs of the reports that this one replaces. */
  readonly replaces: readonly string[];
  /** When the study had settled, in ISO 8601. */
  readonly at: string;
  readonly identity: Identifying<Identity>;
  readonly answers: readonly Answer[];
  readonly notAssessed: readonly { readonly concept: Code; readonly because: Code }[];
  /** What stands on every output; the first says that it is preliminary, or of a phantom model, where it is. */
  readonly statements: readonly string[];
  readonly model: ModelOfMessage;
  /** How urgent the study is now, and why. */
  readonly triage?: Triage;
  /** Where the patient lies, as the source says. */
  readonly location?: string;
}

/** An answer of the report. A similarity is a cosine, never a probability. */
export interface Answer {
  readonly title: string;
  readonly concept: Code;
  readonly site?: Code;
  readonly trackingUid?: string;
  readonly value?: { readonly number: number; readonly unit: Code; readonly interval?: Interval };
  readonly answer?: Code;
  readonly similarity: number;
  readonly threshold?: number;
  readonly percentile?: number;
}

/** Which model answered, as a device (IHE AIR section 6.5.3.1). */
export interface ModelOfMessage {
  readonly name: string;
  readonly manufacturer: string;
  readonly version: string;
  readonly digest: string;
  readonly deviceUid: string;
  readonly isPhantomOnly: boolean;
}

/** How a study stands; undefined for one that is not known. */
export type AskStanding = (study: StudyUid) => Promise<Standing | undefined>;

/** Reads the message off a measurement report's file. Throws REPORT_INVALID, NOT_FOUND. */
export async function messageOf(
  { facts: { sopInstance, study } }: Instance,
  path: string,
  ask: AskStanding,
): Promise<Message> {
  const standing = await ask(study);
  const revision = standing?.documents.find((document) => document.sopInstance === sopInstance)?.revision;
  if (!standing || revision === undefined) throw new AgentError('NOT_FOUND', `Document ${sopInstance}.`);
  const { attributes } = readHeader(path);
  const json = attributes.disclose();
  const { groups, evaluations, predecessors } = readReport(json);
  const { triage } = standing.study;
  const location = standing.source?.facts.locations?.[0];
  const statements = evaluations.flatMap(({ name, value }) =>
    name.value === names.statement.value && typeof value === 'string' ? [value] : [],
  );
  return {
    document: sopInstance,
    study,
    status: revision === 0 ? 'preliminary' : revision === 1 ? 'final' : 'corrected',
    replaces: predecessors,
    identity: identityIn(json),
    answers: groups.map(answerOf),
    notAssessed: evaluations.flatMap(({ name: concept, value: because }) =>
      isOmission(because) ? [{ concept, because }] : [],
    ),
    statements,
    ...modelIn(json, statements),
    ...(triage && { triage }),
    ...(location !== undefined && { location }),
  };
}

function isOmission(value: Code | string): value is Code {
  return typeof value !== 'string' && Object.values(notAssessed).some((code) => isSameCode(code, value));
}

function answerOf({
  trackingIdentifier = '',
  trackingUid,
  finding,
  sites,
  measurements,
  evaluations,
}: GroupReading): Answer {
  const named = ({ value }: Code) => measurements.find(({ name }) => name?.value === value);
  const [similarity, threshold] = [named(groupNames.similarity), named(groupNames.threshold)];
  const asked = similarity?.modifiers.find(({ name }) => name.value === groupNames.askedAbout.value)?.value;
  const concept = typeof asked === 'object' ? asked : finding;
  if (!similarity || !concept) throw new AgentError('REPORT_INVALID', 'A group of the report lacks its similarity.');
  const measured = measurements.find((one) => one !== similarity && one !== threshold);
  const answer = evaluations.map(({ value }) => value).find((value) => typeof value === 'object');
  const { percentile } = similarity;
  return {
    title: trackingIdentifier,
    concept: measured?.name ?? concept,
    similarity: similarity.value,
    ...(sites[0] && { site: sites[0] }),
    ...(trackingUid !== undefined && { trackingUid }),
    ...(measured?.unit && {
      value: {
        number: measured.value,
        unit: measured.unit,
        ...(measured.interval && { interval: measured.interval }),
      },
    }),
    ...(answer && { answer }),
    ...(threshold && { threshold: threshold.value }),
    ...(percentile !== undefined && { percentile }),
  };
}

/** The first Contributing Equipment is what answered the questions, and says when. */
function modelIn(json: DicomJson, statements: readonly string[]): Pick<Message, 'model' | 'at'> {
  const equipment = json['0018A001']?.Value?.[0] as DicomJson | undefined;
  const text = (tag: string): string => {
    const value = equipment?.[tag]?.Value?.[0];
    if (typeof value !== 'string') throw new AgentError('REPORT_INVALID', `Contributing Equipment lacks ${tag}.`);
    return value;
  };
  return {
    at: text('0018A002').replace(
      /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{3})\d*([+-]\d\d)(\d\d)$/,
      '$1-$2-$3T$4:$5:$6$7$8:$9',
    ),
    model: {
      manufacturer: text('00080070'),
      name: text('00081090'),
      version: text('00181020'),
      digest: text('00181000'),
      deviceUid: text('00181002'),
      isPhantomOnly: statements.includes(phantomOnly),
    },
  };
}

/** A finding in words: the value with unit and interval, the answer, or what the picture was compared with. */
export function wordsOf({ title, value, answer, similarity, percentile }: Answer): string {
  const cosine = `similarity ${similarity.toFixed(4)}${percentile === undefined ? '' : ` (percentile ${percentile})`}`;
  if (value) {
    const { number, unit, interval } = value;
    const between = interval ? ` (${interval.lower} to ${interval.upper})` : '';
    return `${title}: ${number} ${unit.value}${between}, ${cosine}`;
  }
  return `${title}: ${answer ? `${answer.meaning}, ${cosine}` : cosine}`;
}

/** Why a study is urgent, in words; what was withdrawn is said too. */
export function reasonsOf({ triage }: Message): readonly string[] {
  return (triage?.reasons ?? []).map(({ message, priority, standing }) =>
    standing === 'withdrawn'
      ? `Withdrawn: ${message}`
      : `${priority}: ${message}${standing === 'confirmed' ? ' (confirmed)' : ''}`,
  );
}
