import { describe, expect, test } from '@jest/globals';
import { Identifying } from '#domain/identifying';
import type { Instance } from '#domain/instance';
import type { AuditFact } from '#audit/fact';
import { factOf, factOfAccess } from '#audit/fact';
import { writeMessage } from '#audit/message';
import { messagesOf, type TellingDoors } from '#audit/tell';
import { anInstance } from '#test/support/instances';
import { all, faultsOf, read, type Element } from './judge.ts';

const patientName = 'Lindqvist^"Åsa" <&>\u0007';
const sample = (name: string, origin: Instance['origin']): Instance => {
  const instance = anInstance(name);
  const attributes = new Identifying({
    '00080050': { vr: 'SH', Value: ['A-1'] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: patientName }] },
    '00100020': { vr: 'LO', Value: ['P-77'] },
  });
  return { ...instance, facts: { ...instance.facts, attributes }, ...(origin && { origin }) };
};
const scanner = { kind: 'c-store', callingAeTitle: 'ECHO1', calledAeTitle: 'APICAL', address: '10.0.0.7' } as const;
const instances = [
  sample('a', scanner),
  sample('b', scanner),
  sample('c', { kind: 'poll', archive: 'pacs' }),
  sample('d', { kind: 'stow-rs', address: '10.0.0.9' }),
];
const [a, b, c, d] = instances.map(({ facts }) => facts.sopInstance as string) as [string, string, string, string];
const { study } = instances[0]!.facts;
const doors: TellingDoors = {
  ledger: {
    instance: async (uid) => instances.find(({ facts }) => facts.sopInstance === uid),
    instances: async () => instances,
  },
  self: { name: 'APICAL', address: 'agent.example' },
  nodeOf: (name) => ({ name: name.toUpperCase(), address: `${name}.example` }),
};

async function told(...facts: readonly AuditFact[]): Promise<readonly Element[]> {
  const messages = await messagesOf(
    facts.map((fact, id) => ({ id, at: Date.UTC(2026, 0, 2, 3, 4, 5 + id), fact })),
    doors,
  );
  return messages.map((message) => read(writeMessage(message, { sourceId: 'Apical', siteId: 'Heart centre' })));
}

const codes = (element: Element, name: string) => all(element, name).map(({ attributes }) => attributes['csd-code']);
/** What stands for a message in the tables of PS3.15 section A.5.3: event, type, action, outcome, participants, objects. */
function gist(message: Element) {
  const [event] = all(message, 'EventIdentification') as [Element];
  return {
    event: codes(event, 'EventID')[0],
    type: codes(event, 'EventTypeCode')[0],
    action: event.attributes['EventActionCode'],
    outcome: event.attributes['EventOutcomeIndicator'],
    participants: all(message, 'ActiveParticipant').map(
      (each) =>
        `${codes(each, 'RoleIDCode')[0] ?? '-'} ${each.attributes['UserID']}${each.attributes['UserIsRequestor'] === 'true' ? ' asks' : ''}`,
    ),
    objects: all(message, 'ParticipantObjectIdentification').map(
      (each) => `${codes(each, 'ParticipantObjectIDTypeCode')[0]} ${each.attributes['ParticipantObjectID']}`,
    ),
  };
}

const subject = [`110180 ${study}`, '2 P-77'];
/** What most messages have alike. */
const usual = { type: undefined, outcome: '0', objects: subject };
const cases: readonly [string, readonly AuditFact[], Partial<ReturnType<typeof gist>>][] = [
  [
    'the start (A.5.3.1)',
    [{ kind: 'application', type: 'start' }],
    { event: '110100', type: '110120', action: 'E', participants: ['110150 APICAL'], objects: [] },
  ],
  [
    'the stop (A.5.3.1)',
    [{ kind: 'application', type: 'stop' }],
    { event: '110100', type: '110121', action: 'E', participants: ['110150 APICAL'], objects: [] },
  ],
  [
    'objects that came by C-STORE (A.5.3.7)',
    [a, b].map((sopInstance) => ({ kind: 'kept', study, sopInstance, repeated: false }) as const),
    { event: '110104', action: 'C', participants: ['110153 ECHO1 asks', '110152 APICAL'] },
  ],
  [
    'an object that we had already',
    [{ kind: 'kept', study, sopInstance: d, repeated: true }],
    { event: '110104', action: 'R', participants: ['110153 10.0.0.9 asks', '110152 APICAL'] },
  ],
  [
    'an object that we fetched',
    [{ kind: 'kept', study, sopInstance: c, repeated: false }],
    { event: '110104', action: 'C', participants: ['110153 PACS', '110152 APICAL asks'] },
  ],
  [
    'a document that was delivered',
    [{ kind: 'delivered', study, sopInstance: a, destination: 'pacs' }],
    { event: '110104', action: 'C', participants: ['110153 APICAL asks', '110152 PACS'] },
  ],
  [
    'a study that was read',
    [{ kind: 'read', study, by: { address: '10.1.1.1', user: 'mara' } }],
    { event: '110104', action: 'R', participants: ['110153 APICAL', '110152 mara asks'] },
  ],
  [
    'a query (A.5.3.10)',
    [{ kind: 'queried', by: { address: '10.1.1.1' }, query: '/dicom-web/studies?PatientName=L*' }],
    {
      event: '110112',
      action: 'E',
      participants: ['110153 10.1.1.1 asks', '110152 APICAL'],
      objects: ['110181 1.2.840.10008.5.1.4.1.2.2.1'],
    },
  ],
  [
    'a login that was refused (A.5.3.12)',
    [{ kind: 'login-refused', address: '10.1.1.1', reason: 'wrong login' }],
    {
      event: '110114',
      type: '110122',
      action: 'E',
      outcome: '4',
      participants: ['- 10.1.1.1 asks', '110150 APICAL'],
      objects: [],
    },
  ],
  [
    'a system that was refused (A.5.3.11)',
    [{ kind: 'node-refused', address: '10.1.1.1', reason: 'calling-ae-title-not-recognized' }],
    {
      event: '110113',
      type: '110126',
      action: 'E',
      outcome: '4',
      participants: ['110150 APICAL', '- 10.1.1.1 asks'],
      objects: ['110182 10.1.1.1'],
    },
  ],
  [
    'a changed configuration (A.5.3.11)',
    [{ kind: 'configured', changed: ['destinations'] }],
    { event: '110113', type: '110131', action: 'E', participants: ['110150 APICAL'], objects: ['110182 APICAL'] },
  ],
  [
    'an export (A.5.3.5)',
    [{ kind: 'exported', study, folder: '/media/stick' }],
    { event: '110106', action: 'R', participants: ['110153 APICAL asks', '110154 /media/stick'] },
  ],
  [
    'a study that was deleted (A.5.3.8)',
    [{ kind: 'deleted', study, patient: { id: 'P-77', name: 'X' } }],
    { event: '110105', action: 'D', participants: ['110150 APICAL asks'] },
  ],
];

describe('one message that keeps the schema tells of', () => {
  test.each(cases)('%s', async (_name, facts, expected) => {
    const messages = await told(...facts);
    expect(messages).toHaveLength(1);
    expect(faultsOf(messages[0]!)).toEqual([]);
    expect(gist(messages[0]!)).toEqual({ ...usual, ...expected });
  });
});

test('the judge finds what is wrong', () => {
  const wrong =
    '<AuditMessage><EventIdentification EventDateTime="x" Extra="1"><EventTypeCode csd-code="1" codeSystemName="DCM" originalText="t"/><EventID csd-code="" codeSystemName="DCM" originalText="t"/></EventIdentification></AuditMessage>';
  expect(faultsOf(read(wrong))).toEqual([
    'EventIdentification has Extra',
    'EventIdentification lacks EventOutcomeIndicator!',
    'EventID is misplaced',
    'EventID lacks csd-code!',
  ]);
  expect(() => read('<AuditMessage><EventID></AuditMessage>')).toThrow();
});

test('what came together is one message: its study with its classes, numbers and accession, and the patient', async () => {
  const [message] = await told(
    ...[a, b].map((sopInstance) => ({ kind: 'kept', study, sopInstance, repeated: false }) as const),
  );
  const [ofStudy, ofPatient] = all(message!, 'ParticipantObjectIdentification') as [Element, Element];
  const [description] = all(ofStudy, 'ParticipantObjectDescription') as [Element];
  expect(all(description, 'SOPClass').map(({ attributes }) => attributes['NumberOfInstances'])).toEqual(['2']);
  expect(all(description, 'Accession').map(({ attributes }) => attributes['Number'])).toEqual(['A-1']);
  expect(all(ofPatient, 'ParticipantObjectName').map(({ text }) => text)).toEqual(['Lindqvist^"Åsa" <&> ']);
  const [event] = all(message!, 'EventIdentification') as [Element];
  expect(event.attributes['EventDateTime']).toBe('2026-01-02T03:04:06.000Z');
});

test('what came from two systems is two messages', async () => {
  const facts = [a, d].map((sopInstance) => ({ kind: 'kept', study, sopInstance, repeated: false }) as const);
  expect(await told(...facts)).toHaveLength(2);
});

test('who asked, and from where, is told by kind of address; a query is told in base64', async () => {
  const [message] = await told({ kind: 'queried', by: { address: '10.1.1.1' }, query: 'PatientName=L*' });
  const [asker, self] = all(message!, 'ActiveParticipant') as [Element, Element];
  expect(asker.attributes).toMatchObject({ NetworkAccessPointID: '10.1.1.1', NetworkAccessPointTypeCode: '2' });
  expect(self.attributes).toMatchObject({ NetworkAccessPointID: 'agent.example', NetworkAccessPointTypeCode: '1' });
  const [object] = all(message!, 'ParticipantObjectIdentification') as [Element];
  const [query] = all(object, 'ParticipantObjectQuery') as [Element];
  expect(Buffer.from(query.text, 'base64').toString()).toBe('PatientName=L*');
});

test('a study that is not known any more is told with what is known', async () => {
  const gone = { ...doors, ledger: { instance: async () => undefined, instances: async () => [] } };
  const [message] = await messagesOf(
    [{ id: 1, at: 0, fact: { kind: 'kept', study, sopInstance: a, repeated: false } }],
    gone,
  );
  const element = read(writeMessage(message!, { sourceId: 'Apical' }));
  expect(faultsOf(element)).toEqual([]);
  expect(gist(element)).toMatchObject({ participants: ['110153 unknown asks', '110152 APICAL'] });
});

test('of events and requests, only those are told for which there is a message', () => {
  expect(factOf({ kind: 'clip-read', study, sopInstance: a, outcome: 'A4C' })).toBeUndefined();
  expect(factOf({ kind: 'configuration-applied', changed: [], needRestart: [] })).toBeUndefined();
  const access = { method: 'GET', status: 200, address: '::1', query: 'a=b', study };
  const asked = (route: string, more = {}) => factOfAccess({ ...access, route, ...more })?.kind;
  expect(asked('/dicom-web/studies')).toBe('queried');
  expect(asked('/dicom-web/studies/:study/instances')).toBe('queried');
  expect(asked('/dicom-web/studies/:study')).toBe('read');
  expect(asked('/dicom-web/studies/:study/series/:series/instances/:instance/frames/:frames')).toBe('read');
  expect(asked('/dicom-web/studies/:study', { status: 404 })).toBeUndefined();
  expect(asked('/dicom-web/studies', { method: 'POST' })).toBeUndefined();
  expect(asked('/metrics')).toBeUndefined();
});
