import type { Code } from '#domain/code';
import type { DicomJson, Instance } from '#domain/instance';
import type { StudyUid } from '#domain/uid';
import type { Ledger } from '#src/ports/ledger';
import { eventIds, eventTypes, identifierTypes, mediaTypes, roles } from './codes.ts';
import type { Asker, AuditFact, Patient } from './fact.ts';
import type { AuditMessage, Participant, ParticipantObject } from './message.ts';
import type { AuditRecord } from './spool.ts';

/** A system by its name and where it is. */
export interface Node {
  readonly name: string;
  readonly address: string;
}

/** What is asked when facts are told. */
export interface TellingDoors {
  readonly ledger: Pick<Ledger, 'instances' | 'instance'>;
  readonly self: Node;
  /** A destination or an archive of the configuration. */
  readonly nodeOf: (name: string) => Node;
}

/** The messages that tell of records: what came or went for one study between the same two is one message. */
export async function messagesOf(
  records: readonly AuditRecord[],
  doors: TellingDoors,
): Promise<readonly AuditMessage[]> {
  const groups = new Map<string, [AuditRecord, ...AuditRecord[]]>();
  for (const record of records) {
    const key = await groupOf(record, doors);
    const group = groups.get(key);
    if (group) group.push(record);
    else groups.set(key, [record]);
  }
  return Promise.all([...groups.values()].map((group) => messageOf(group, doors)));
}

/** Facts of one key are told together. */
async function groupOf({ id, fact }: AuditRecord, { ledger }: TellingDoors): Promise<string> {
  if (fact.kind === 'kept') {
    const origin = (await ledger.instance(fact.sopInstance))?.origin;
    return `kept ${fact.study} ${fact.repeated} ${JSON.stringify(origin)}`;
  }
  if (fact.kind === 'delivered') return `delivered ${fact.study} ${fact.destination}`;
  return fact.kind === 'read' ? `read ${fact.study} ${JSON.stringify(fact.by)}` : `${id}`;
}

async function messageOf(
  [first, ...more]: readonly [AuditRecord, ...AuditRecord[]],
  doors: TellingDoors,
): Promise<AuditMessage> {
  const { fact } = first;
  const message = await describe(fact, [fact, ...more.map(({ fact: other }) => other)], doors);
  return { outcome: '0', ...message, at: (more.at(-1) ?? first).at };
}

type Described = Omit<AuditMessage, 'at' | 'outcome'> & Partial<Pick<AuditMessage, 'outcome'>>;

async function describe(fact: AuditFact, all: readonly AuditFact[], doors: TellingDoors): Promise<Described> {
  const { self } = doors;
  const ourselves = participant(self, roles.application);
  switch (fact.kind) {
    case 'application': {
      const type = fact.type === 'start' ? eventTypes.applicationStart : eventTypes.applicationStop;
      return { event: eventIds.applicationActivity, type, action: 'E', participants: [ourselves], objects: [] };
    }
    case 'kept': {
      const instances = await instancesOf(all, doors);
      const [source, weAsked] = sourceOf(instances[0], doors);
      return {
        event: eventIds.instancesTransferred,
        action: fact.repeated ? 'R' : 'C',
        participants: [
          { ...participant(source, roles.source), isRequestor: !weAsked },
          { ...participant(self, roles.destination), isRequestor: weAsked },
        ],
        objects: await subjects(fact.study, instances, doors),
      };
    }
    case 'delivered':
      return {
        event: eventIds.instancesTransferred,
        action: 'C',
        participants: [
          { ...participant(self, roles.source), isRequestor: true },
          participant(doors.nodeOf(fact.destination), roles.destination),
        ],
        objects: await subjects(fact.study, await instancesOf(all, doors), doors),
      };
    case 'read':
      return {
        event: eventIds.instancesTransferred,
        action: 'R',
        participants: [participant(self, roles.source), asker(fact.by, roles.destination)],
        objects: await subjects(fact.study, [], doors),
      };
    case 'queried':
      return {
        event: eventIds.query,
        action: 'E',
        participants: [asker(fact.by, roles.source), participant(self, roles.destination)],
        objects: [{ id: qidoRs, idType: identifierTypes.sopClass, type: '2', role: '3', query: fact.query }],
      };
    case 'exported': {
      const media = { user: fact.folder, isRequestor: false, role: roles.destinationMedia, media: mediaTypes.uri };
      return {
        event: eventIds.dataExport,
        action: 'R',
        participants: [{ ...participant(self, roles.source), isRequestor: true }, media],
        objects: await subjects(fact.study, [], doors),
      };
    }
    case 'deleted':
      return {
        event: eventIds.studyDeleted,
        action: 'D',
        participants: [{ ...ourselves, isRequestor: true }],
        objects: [study(fact.study), patientObject(fact.patient)],
      };
    case 'login-refused':
    case 'node-refused':
    case 'configured':
      return alert(fact, ourselves);
  }
}

/** Study Root Query/Retrieve Information Model - FIND: what QIDO-RS asks, over HTTP (PS3.18 section 10.6). */
const qidoRs = '1.2.840.10008.5.1.4.1.2.2.1';

function alert(
  fact: Extract<AuditFact, { kind: 'login-refused' | 'node-refused' | 'configured' }>,
  ourselves: Participant,
): Described {
  if (fact.kind === 'configured') {
    return {
      event: eventIds.securityAlert,
      type: eventTypes.softwareConfiguration,
      action: 'E',
      participants: [ourselves],
      objects: [{ ...node(ourselves.user), detail: { type: 'Alert Description', value: fact.changed.join(', ') } }],
    };
  }
  const asking = { user: fact.address, address: fact.address, isRequestor: true };
  if (fact.kind === 'login-refused') {
    const { userAuthentication: event } = eventIds;
    const participants = [asking, ourselves] as const;
    return { event, type: eventTypes.login, action: 'E', outcome: '4', participants, objects: [] };
  }
  return {
    event: eventIds.securityAlert,
    type: eventTypes.nodeAuthentication,
    action: 'E',
    outcome: '4',
    participants: [ourselves, asking],
    objects: [{ ...node(fact.address), detail: { type: 'Alert Description', value: fact.reason } }],
  };
}

async function instancesOf(facts: readonly AuditFact[], { ledger }: TellingDoors): Promise<readonly Instance[]> {
  const uids = new Set(facts.flatMap((fact) => ('sopInstance' in fact ? [fact.sopInstance] : [])));
  const found = await Promise.all([...uids].map((uid) => ledger.instance(uid)));
  return found.filter((instance) => instance !== undefined);
}

/** Whence an object came, and whether we had asked for it. */
function sourceOf(instance: Instance | undefined, { nodeOf }: TellingDoors): readonly [Node, boolean] {
  const origin = instance?.origin;
  if (!origin) return [{ name: unknown, address: unknown }, false];
  switch (origin.kind) {
    case 'c-store':
      return [{ name: origin.callingAeTitle, address: origin.address }, false];
    case 'stow-rs':
      return [{ name: origin.address, address: origin.address }, false];
    case 'poll':
      return [nodeOf(origin.archive), true];
  }
}

const unknown = 'unknown';

async function subjects(
  uid: string,
  instances: readonly Instance[],
  { ledger }: TellingDoors,
): Promise<readonly ParticipantObject[]> {
  const one = instances[0] ?? (await ledger.instances(uid as StudyUid, 'source'))[0];
  const counts = new Map<string, number>();
  for (const { facts } of instances) counts.set(facts.sopClass, (counts.get(facts.sopClass) ?? 0) + 1);
  const sopClasses = [...counts].map(([sopClass, number]) => ({ uid: sopClass, instances: number }));
  const accession = one && textOf(one.facts.attributes.disclose(), '00080050');
  return [
    { ...study(uid), ...(sopClasses.length > 0 && { sopClasses }), ...(accession && { accessions: [accession] }) },
    patientObject(one ? patientOf(one) : { id: unknown }),
  ];
}

/** Whose an object is. The audit log is the one place outside DICOM to which a patient is named (PS3.15 section A.5.3). */
export function patientOf({ facts }: Instance): Patient {
  const attributes = facts.attributes.disclose();
  const name = textOf(attributes, '00100010');
  return { id: textOf(attributes, '00100020') || unknown, ...(name && { name }) };
}

function textOf(attributes: DicomJson, tag: string): string {
  const value = attributes[tag]?.Value?.[0];
  if (typeof value === 'string') return value;
  const { Alphabetic: alphabetic } = (value ?? {}) as { Alphabetic?: unknown };
  return typeof alphabetic === 'string' ? alphabetic : '';
}

function study(uid: string): ParticipantObject {
  return { id: uid, idType: identifierTypes.study, type: '2', role: '3' };
}

function patientObject({ id, name }: Patient): ParticipantObject {
  return { id, idType: identifierTypes.patient, type: '1', role: '1', ...(name !== undefined && { name }) };
}

function node(name: string): ParticipantObject {
  return { id: name, idType: identifierTypes.node, type: '2' };
}

function participant({ name, address }: Node, role: Code): Participant {
  return { user: name, isRequestor: false, address, role };
}

function asker({ address, user }: Asker, role: Code): Participant {
  return { user: user ?? address, isRequestor: true, address, role };
}
