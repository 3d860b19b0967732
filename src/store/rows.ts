import { Identifying } from '#domain/identifying';
import type { Verdict } from '#domain/decision';
import type { Delivery, DeliveryProof } from '#domain/document';
import type { DicomJson, Instance, InstanceFacts, Origin } from '#domain/instance';
import type { StudyRow, StudyState } from '#domain/study';
import type { Triage } from '#domain/triage';
import type { StudyUid, Uid } from '#domain/uid';
import type { Admission } from '#src/ports/ledger';

export type Row = Record<string, unknown>;
type Value = string | number | null;

/** The columns of `instances` in the order of its insert. The archive may hold what identifies the patient. */
export function instanceValues(instance: Instance): Value[] {
  const { attributes, ...facts } = instance.facts;
  const json = attributes.disclose();
  const date = json['00080020']?.Value?.[0];
  return [
    facts.sopInstance, facts.study, facts.series, facts.modality, typeof date === 'string' ? date : '', instance.role,
    instance.file, instance.bytes, instance.sha256, instance.receivedAt, instance.origin ? JSON.stringify(instance.origin) : null,
    JSON.stringify(facts), JSON.stringify(json),
  ]; // prettier-ignore
}

/** The values of `arriveStudy`. */
export function arrivalValues(
  { facts, receivedAt, origin }: Instance,
  { expected, triage }: Partial<Admission>,
): Value[] {
  return [
    facts.study, receivedAt, JSON.stringify({ kind: 'receiving' }), origin ? senderOf(origin) : null, expected ?? null,
    triage ? JSON.stringify(triage) : null, JSON.stringify(facts.attributes.disclose()),
  ]; // prettier-ignore
}

function senderOf(origin: Origin): string {
  switch (origin.kind) {
    case 'c-store':
      return origin.callingAeTitle;
    case 'stow-rs':
      return origin.address;
    case 'poll':
      return origin.archive;
  }
}

export function instanceOf(row: Row): Instance {
  const facts = JSON.parse(row['facts'] as string) as Omit<InstanceFacts, 'attributes'>;
  const attributes = new Identifying(JSON.parse(row['attributes'] as string) as DicomJson);
  return {
    facts: { ...facts, attributes },
    file: row['file'] as string,
    bytes: row['bytes'] as number,
    sha256: row['sha256'] as string,
    receivedAt: row['received_at'] as number,
    role: row['role'] as Instance['role'],
    ...(row['origin'] !== null && { origin: JSON.parse(row['origin'] as string) as NonNullable<Instance['origin']> }),
  };
}

export function studyOf(row: Row): StudyRow {
  return {
    study: row['study'] as StudyUid,
    firstArrivalAt: row['first_arrival_at'] as number,
    lastArrivalAt: row['last_arrival_at'] as number,
    instances: row['instances'] as number,
    state: JSON.parse(row['state'] as string) as StudyState,
    longestGapMs: row['longest_gap'] as number,
    ...(row['sender'] !== null && { sender: row['sender'] as string }),
    ...(row['expected'] !== null && { expected: row['expected'] as number }),
    ...(row['decided'] !== null && { decided: row['decided'] as Verdict }),
    ...(row['triage'] !== null && { triage: JSON.parse(row['triage'] as string) as Triage }),
  };
}

export function deliveryOf(row: Row): Delivery {
  return {
    document: row['document'] as Uid,
    destination: row['destination'] as string,
    state: row['state'] as Delivery['state'],
    attempts: row['attempts'] as number,
    at: row['at'] as number,
    ...(row['fault'] !== null && { fault: row['fault'] as string }),
    ...(row['proof'] !== null && { proof: row['proof'] as DeliveryProof }),
  };
}
