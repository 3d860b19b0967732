import { ProtocolViolation, pduTypes, writePdu } from './pdu.ts';

/** PS3.7 section A.2.1: the only application context there is. */
export const dicomApplicationContext = '1.2.840.10008.3.1.1.1';

export interface ProposedContext {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntaxes: readonly string[];
}

/** What an A-ASSOCIATE-RQ asks for, as far as we use it (PS3.8 section 9.3.2, PS3.7 annex D.3). */
export interface AssociationRequest {
  readonly protocolVersion: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly applicationContext: string;
  readonly contexts: readonly ProposedContext[];
  /** Longest P-DATA-TF that the requestor takes; 0 for any. */
  readonly pduLengthMax: number;
  readonly implementationClass: string;
  readonly implementationVersion: string;
  /** SOP classes for which the requestor wishes to be the provider, so that it can tell us of events (PS3.7 annex D.3.3.4). */
  readonly providedByRequestor?: readonly string[];
}

/** One item or sub-item: type, and its value. */
interface Item {
  readonly type: number;
  readonly value: Buffer;
}

const fixedBytes = 68;

/** Reads the request; contexts come sorted by ID. Extended negotiation (asynchronous operations, user identity) is passed over, which means: not agreed to. */
export function readAssociationRequest(body: Buffer, contextsMax = 128): AssociationRequest {
  if (body.length < fixedBytes) throw new ProtocolViolation('The A-ASSOCIATE-RQ is too short.');
  const items = readItems(body.subarray(fixedBytes));
  const contexts = items.filter(({ type }) => type === 0x20).map(({ value }) => proposedContext(value));
  if (contexts.length > contextsMax) {
    const said = `The A-ASSOCIATE-RQ proposes ${contexts.length} presentation contexts; ${contextsMax} are allowed.`;
    throw new ProtocolViolation(said, 'invalidParameter', 'contextsMax');
  }
  if (contexts.length === 0) throw new ProtocolViolation('The A-ASSOCIATE-RQ proposes no presentation context.');
  if (new Set(contexts.map(({ id }) => id)).size < contexts.length) {
    throw new ProtocolViolation('The A-ASSOCIATE-RQ uses a presentation context ID twice.');
  }
  const user = readItems(valueOf(items, 0x50) ?? Buffer.alloc(0));
  const provided = user.filter(({ type }) => type === roleSelection).flatMap(({ value }) => providedClass(value));
  return {
    protocolVersion: body.readUInt16BE(0),
    calledAeTitle: aeTitle(body, 4),
    callingAeTitle: aeTitle(body, 20),
    applicationContext: text(valueOf(items, 0x10)),
    contexts: contexts.sort((a, b) => a.id - b.id),
    pduLengthMax: maximumLength(user),
    implementationClass: text(valueOf(user, 0x52)),
    implementationVersion: text(valueOf(user, 0x55)),
    ...(provided.length > 0 && { providedByRequestor: provided }),
  };
}

const roleSelection = 0x54;

function providedClass(value: Buffer): readonly string[] {
  const length = value.length >= 4 ? value.readUInt16BE(0) : 0;
  if (value.length < length + 4) throw new ProtocolViolation('A role selection is too short.');
  return value[length + 3] === 1 ? [text(value.subarray(2, 2 + length))] : [];
}

/** An A-ASSOCIATE-AC that grants the requestor the provider's role for these SOP classes, and that only. */
export function withProviderRoles(unit: Buffer, sopClasses: readonly string[]): Buffer {
  if (sopClasses.length === 0) return unit;
  const roles = sopClasses.map(providerRole);
  const body = unit.subarray(6);
  const items = readItems(body.subarray(fixedBytes)).map(({ type, value }) =>
    item(type, value, ...(type === 0x50 ? roles : [])),
  );
  return writePdu(pduTypes.associateAccept, body.subarray(0, fixedBytes), ...items);
}

/** The role of the provider, and not the user's, for the requestor (PS3.7 tables D.3-9, D.3-10). */
function providerRole(sopClass: string): Buffer {
  const name = Buffer.from(sopClass, 'latin1');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(name.length);
  return item(roleSelection, length, name, Buffer.from([0, 1]));
}

/** Writes a request as an A-ASSOCIATE-RQ unit. */
export function writeAssociationRequest(request: AssociationRequest): Buffer {
  const fixed = Buffer.alloc(fixedBytes);
  fixed.writeUInt16BE(request.protocolVersion, 0);
  fixed.write(request.calledAeTitle.padEnd(16), 4, 16, 'latin1');
  fixed.write(request.callingAeTitle.padEnd(16), 20, 16, 'latin1');
  const lengthMax = Buffer.alloc(4);
  lengthMax.writeUInt32BE(request.pduLengthMax);
  const user = [
    item(0x51, lengthMax),
    item(0x52, Buffer.from(request.implementationClass, 'latin1')),
    ...(request.providedByRequestor ?? []).map(providerRole),
    item(0x55, Buffer.from(request.implementationVersion, 'latin1')),
  ];
  return writePdu(
    pduTypes.associateRequest,
    fixed,
    item(0x10, Buffer.from(request.applicationContext, 'latin1')),
    ...request.contexts.map(contextItem),
    item(0x50, ...user),
  );
}

/** What was agreed on: the accepted contexts with their transfer syntax, and the longest P-DATA-TF that the other takes. */
export interface Agreement {
  readonly accepted: ReadonlyMap<number, string>;
  readonly pduLengthMax: number;
}

/** Reads an A-ASSOCIATE-AC (PS3.8 section 9.3.3). */
export function readAgreement(body: Buffer): Agreement {
  if (body.length < fixedBytes) throw new ProtocolViolation('The A-ASSOCIATE-AC is too short.');
  const items = readItems(body.subarray(fixedBytes));
  const accepted = new Map<number, string>();
  for (const { type, value } of items) {
    if (type !== 0x21) continue;
    if (value.length < 4) throw new ProtocolViolation('A presentation context is too short.');
    const syntax = text(valueOf(readItems(value.subarray(4)), 0x40));
    if (value[2] === 0) accepted.set(value[0]!, syntax);
  }
  return { accepted, pduLengthMax: maximumLength(readItems(valueOf(items, 0x50) ?? Buffer.alloc(0))) };
}

function proposedContext(value: Buffer): ProposedContext {
  const id = value.length < 4 ? 0 : value[0]!;
  if (id % 2 === 0) throw new ProtocolViolation('A presentation context ID is not odd.');
  const items = readItems(value.subarray(4));
  return {
    id,
    abstractSyntax: text(valueOf(items, 0x30)),
    transferSyntaxes: items.filter(({ type }) => type === 0x40).map(({ value }) => text(value)),
  };
}

function contextItem({ id, abstractSyntax, transferSyntaxes }: ProposedContext): Buffer {
  return item(
    0x20,
    Buffer.from([id, 0, 0, 0]),
    item(0x30, Buffer.from(abstractSyntax, 'latin1')),
    ...transferSyntaxes.map((syntax) => item(0x40, Buffer.from(syntax, 'latin1'))),
  );
}

function readItems(bytes: Buffer): readonly Item[] {
  const items: Item[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 <= bytes.length ? at + 4 + bytes.readUInt16BE(at + 2) : Infinity;
    if (end > bytes.length) throw new ProtocolViolation('An item is longer than what holds it.');
    items.push({ type: bytes[at]!, value: bytes.subarray(at + 4, end) });
    at = end;
  }
  return items;
}

function item(type: number, ...value: readonly Buffer[]): Buffer {
  const head = Buffer.from([type, 0, 0, 0]);
  head.writeUInt16BE(
    value.reduce((sum, part) => sum + part.length, 0),
    2,
  );
  return Buffer.concat([head, ...value]);
}

function valueOf(items: readonly Item[], type: number): Buffer | undefined {
  return items.find((item) => item.type === type)?.value;
}

function maximumLength(user: readonly Item[]): number {
  const value = valueOf(user, 0x51);
  return value && value.length >= 4 ? value.readUInt32BE(0) : 0;
}

/** UIDs and titles come padded with NUL or blanks; both are taken off. */
function text(value: Buffer | undefined): string {
  return (value ?? Buffer.alloc(0))
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
}

function aeTitle(body: Buffer, at: number): string {
  return text(body.subarray(at, at + 16));
}
