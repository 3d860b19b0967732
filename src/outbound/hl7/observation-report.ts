import { createHash } from 'node:crypto';
import type { Code } from '#domain/code';
import type { Priority } from '#domain/triage';
import type { Identity } from '#outbound/identity';
import { reasonsOf, type Answer, type Message, type MessageStatus } from '#outbound/message';
import { groupNames, messageNames, statistics, titles, values } from '#templates/codes';
import { coded, components, escaped, header, repeated, segment, timestamp } from './segments.ts';

/** Who sends to whom (MSH-3 to MSH-6), and whether it is meant (MSH-11). */
export interface Addresses {
  readonly sendingApplication: string;
  readonly sendingFacility: string;
  readonly receivingApplication: string;
  readonly receivingFacility: string;
  readonly processingId: 'P' | 'T' | 'D';
}

/** MSH-10 holds 20 characters: a digest of the report's UID, so that a repeat is recognised. */
export function controlIdOf({ document }: Pick<Message, 'document'>): string {
  return createHash('sha256').update(document).digest('hex').slice(0, 20);
}

/** An unsolicited observation message, ORU^R01 of HL7 v2.5.1, chapter 7.3.1; its segments end with a carriage return. */
export function observationReport(message: Message, addresses: Addresses, sentAt: number): string {
  const { identity } = message;
  const who = identity.disclose();
  const comments = [...message.statements, ...reasonsOf(message), ...message.replaces.map((uid) => `Replaces ${uid}`)];
  const segments = [
    header({
      3: escaped(addresses.sendingApplication),
      4: escaped(addresses.sendingFacility),
      5: escaped(addresses.receivingApplication),
      6: escaped(addresses.receivingFacility),
      7: timestamp(new Date(sentAt).toISOString()),
      9: 'ORU^R01^ORU_R01',
      10: controlIdOf(message),
      11: addresses.processingId,
      12: '2.5.1',
      18: 'UNICODE UTF-8',
    }),
    patient(who),
    segment('PV1', {
      1: '1',
      2: 'U',
      3: components(...Array<string>(8).fill(''), message.location ?? ''),
      19: escaped(who.admissionId),
    }),
    request(message, who),
    ...comments.map((text, index) => segment('NTE', { 1: String(index + 1), 2: 'L', 3: escaped(text) })),
    ...(message.triage ? [segment('TQ1', { 1: '1', 9: priorities[message.triage.priority] })] : []),
    ...observations(message).map((observation, index) => segment('OBX', { 1: String(index + 1), ...observation })),
  ];
  return segments.map((one) => `${one}\r`).join('');
}

/** Table 0485. */
const priorities: Readonly<Record<Priority, string>> = { HIGH: 'S^Stat', MEDIUM: 'A^ASAP', LOW: 'R^Routine' };

/** Tables 0123 and 0085. */
const statuses: Readonly<Record<MessageStatus, string>> = { preliminary: 'P', final: 'F', corrected: 'C' };

/** Table 0465. */
const representations = { Alphabetic: 'A', Ideographic: 'I', Phonetic: 'P' } as const;

function patient({ patientId, issuer, names, birthDate, sex }: Identity): string {
  return segment('PID', {
    1: '1',
    3: patientId && components(patientId, '', '', issuer, 'PI'),
    // PN goes family, given, middle, prefix, suffix; XPN has the suffix before the prefix.
    5: repeated(
      names.map(({ group, components: [family = '', given = '', middle = '', prefix = '', suffix = ''] }) =>
        components(family, given, middle, suffix, prefix, '', 'L', representations[group]),
      ),
    ),
    7: escaped(birthDate),
    8: escaped(sex),
  });
}

function request(message: Message, { accession, studyDate, studyTime, timezone }: Identity): string {
  const { value, meaning, scheme } = titles.measurementReport;
  const other = titles.diagnosticImagingReport;
  return segment('OBR', {
    1: '1',
    // The study, so that each report of it takes the place of the one before: P, then F, then C.
    3: components(message.study, 'APICAL'),
    4: components(value, meaning, scheme, other.value, other.meaning, other.scheme),
    7: escaped(`${studyDate}${studyDate && studyTime}${studyDate && studyTime && timezone}`),
    18: escaped(accession),
    22: timestamp(message.at),
    24: 'CUS',
    25: statuses[message.status],
    44: coded(values.echocardiography),
  });
}

type Fields = Readonly<Record<number, string>>;

/** The study, then each answer under its concept as sub-ID, the same in every report: it takes the place of what was told before. No abnormal flag (OBX-8): that is for a reader to say. */
function observations(message: Message): readonly Fields[] {
  const { name, version, deviceUid } = message.model;
  const shared = { 11: statuses[message.status], 14: timestamp(message.at) };
  const byModel = {
    ...shared,
    17: coded(values.artificialIntelligence),
    18: components(`${name} ${version}`, 'APICAL', deviceUid, 'ISO'),
  };
  return [
    { 2: 'ST', 3: coded(messageNames.study), 5: escaped(message.study), ...shared },
    ...message.answers.flatMap((answer) =>
      told(answer).map((fields) => ({ ...fields, 4: escaped(answer.concept.value), ...byModel })),
    ),
    // X: results cannot be obtained for this observation (table 0085).
    ...message.notAssessed.map(({ concept, because }) => ({
      2: 'CWE',
      3: coded(concept),
      4: escaped(concept.value),
      5: coded(because),
      ...byModel,
      11: 'X',
    })),
  ];
}

function told({ concept, value, answer, similarity, threshold, percentile }: Answer): readonly Fields[] {
  const number = (name: Code, amount: number, unit: Code): Fields => ({
    2: 'NM',
    3: coded(name),
    5: String(amount),
    6: coded(unit),
  });
  const text = (name: Code, code: Code): Fields => ({ 2: 'CWE', 3: coded(name), 5: coded(code) });
  return [
    ...(value ? [number(concept, value.number, value.unit), ...between(value)] : []),
    ...(answer ? [text(concept, answer)] : []),
    ...(value || answer ? [] : [text(groupNames.askedAbout, concept)]),
    number(groupNames.similarity, similarity, values.noUnits),
    ...(threshold === undefined ? [] : [number(groupNames.threshold, threshold, values.noUnits)]),
    ...(percentile === undefined ? [] : [number(statistics.percentileRanking, percentile, values.percent)]),
  ];
}

/** A structured number with a range; its coverage beside it. The reference range (OBX-7) is something else. */
function between({ interval, unit }: NonNullable<Answer['value']>): readonly Fields[] {
  if (!interval) return [];
  const { lower, upper, level } = interval;
  const range = { 2: 'SN', 3: coded(messageNames.interval), 5: components('', String(lower), '-', String(upper)) };
  const per100 = Number((100 * level).toPrecision(12));
  return [
    { ...range, 6: coded(unit) },
    { 2: 'NM', 3: coded(groupNames.intervalLevel), 5: String(per100), 6: coded(values.percent) },
  ];
}
