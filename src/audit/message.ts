import { isIP } from 'node:net';
import { XMLBuilder } from 'fast-xml-parser';
import type { Code } from '#domain/code';

/** An audit message: what happened, who took part, what it happened to (PS3.15 section A.5.2). */
export interface AuditMessage {
  readonly event: Code;
  readonly type?: Code;
  /** Create, read, update, delete, execute. */
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
  /** Success, minor failure (the action was stopped), serious failure. */
  readonly outcome: '0' | '4' | '8';
  readonly at: number;
  readonly participants: readonly [Participant, ...Participant[]];
  readonly objects: readonly ParticipantObject[];
}

/** A system or a person that took part. */
export interface Participant {
  readonly user: string;
  readonly alternative?: string;
  readonly isRequestor: boolean;
  /** Host name or address. */
  readonly address?: string;
  readonly role?: Code;
  /** What kind of medium data were written to. */
  readonly media?: Code;
}

/** What it happened to. Codes of type and role as in RFC 3881 section 5.5: 1 and 1 a patient, 2 and 3 a report. */
export interface ParticipantObject {
  readonly id: string;
  readonly idType: Code;
  readonly type: '1' | '2';
  readonly role?: '1' | '3';
  readonly name?: string;
  /** The query itself. */
  readonly query?: string;
  readonly detail?: { readonly type: string; readonly value: string };
  readonly accessions?: readonly string[];
  readonly sopClasses?: readonly { readonly uid: string; readonly instances: number }[];
}

/** Who tells it (PS3.15 section A.5.2.4). */
export interface AuditSource {
  readonly sourceId: string;
  readonly siteId?: string | undefined;
}

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  suppressEmptyNode: true,
  suppressBooleanAttributes: false,
});

/** An audit message as XML after the schema of PS3.15 section A.5.1; elements stand in its order. */
export function writeMessage(message: AuditMessage, { sourceId, siteId }: AuditSource): string {
  const { event, type, action, outcome, at, participants, objects } = message;
  return builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    AuditMessage: {
      EventIdentification: {
        '@EventActionCode': action,
        '@EventDateTime': new Date(at).toISOString(),
        '@EventOutcomeIndicator': outcome,
        EventID: coded(event),
        ...(type && { EventTypeCode: coded(type) }),
      },
      ActiveParticipant: participants.map(participantElement),
      AuditSourceIdentification: {
        ...(siteId !== undefined && { '@AuditEnterpriseSiteID': text(siteId) }),
        '@AuditSourceID': text(sourceId),
      },
      ...(objects.length > 0 && { ParticipantObjectIdentification: objects.map(objectElement) }),
    },
  });
}

function participantElement({ user, alternative, isRequestor, address, role, media }: Participant) {
  return {
    '@UserID': text(user),
    ...(alternative !== undefined && { '@AlternativeUserID': text(alternative) }),
    '@UserIsRequestor': String(isRequestor),
    ...(address !== undefined && {
      '@NetworkAccessPointID': text(address),
      '@NetworkAccessPointTypeCode': isIP(address) > 0 ? '2' : '1',
    }),
    ...(role && { RoleIDCode: coded(role) }),
    ...(media !== undefined && { MediaIdentifier: { MediaType: coded(media) } }),
  };
}

function objectElement({ id, idType, type, role, name, query, detail, accessions, sopClasses }: ParticipantObject) {
  const described = {
    ...(accessions && { Accession: accessions.map((number) => ({ '@Number': text(number) })) }),
    ...(sopClasses && {
      SOPClass: sopClasses.map(({ uid, instances }) => ({ '@UID': uid, '@NumberOfInstances': instances })),
    }),
  };
  return {
    '@ParticipantObjectID': text(id),
    '@ParticipantObjectTypeCode': type,
    ...(role && { '@ParticipantObjectTypeCodeRole': role }),
    ParticipantObjectIDTypeCode: coded(idType),
    ...(name !== undefined && { ParticipantObjectName: text(name) }),
    ...(query !== undefined && { ParticipantObjectQuery: base64(query) }),
    ...(detail && { ParticipantObjectDetail: { '@type': detail.type, '@value': base64(detail.value) } }),
    ...(Object.keys(described).length > 0 && { ParticipantObjectDescription: described }),
  };
}

function coded({ value, scheme, meaning }: Code) {
  return { '@csd-code': value, '@codeSystemName': scheme, '@originalText': text(meaning) };
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}

/** Without the characters that XML 1.0 cannot hold. */
function text(value: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is taken out
  return value.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, ' ');
}
