/** Types of protocol data units (PS3.8 section 9.3). */
export const pduTypes = {
  associateRequest: 0x01,
  associateAccept: 0x02,
  associateReject: 0x03,
  data: 0x04,
  releaseRequest: 0x05,
  releaseResponse: 0x06,
  abort: 0x07,
} as const;

const abortReasons = { notSpecified: 0, unrecognised: 1, unexpected: 2, invalidParameter: 6 } as const;
/** Reasons of an A-ABORT by the service provider (PS3.8 table 9-26). */
export type AbortReason = keyof typeof abortReasons;

/** The setting that a peer went beyond. */
export type Limit = 'pduLengthMax' | 'commandBytesMax' | 'contextsMax';

/** The peer broke the protocol, or went beyond a limit: the association cannot go on. */
export class ProtocolViolation extends Error {
  readonly abortReason: AbortReason;
  readonly limit: Limit | undefined;

  constructor(message: string, abortReason: AbortReason = 'invalidParameter', limit?: Limit) {
    super(message);
    this.name = 'ProtocolViolation';
    this.abortReason = abortReason;
    this.limit = limit;
  }
}

/** One protocol data unit; `body` is what follows its length. */
export interface Pdu {
  readonly type: number;
  readonly body: Buffer;
}

/** One presentation data value (PS3.8 annex E): a fragment of a command set or a data set. */
export interface Pdv {
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly isLast: boolean;
  readonly value: Buffer;
}

/** Type, reserved byte and length. */
export const headBytes = 6;

/** Whole units out of a stream of bytes. Type and length are judged as soon as they are here, before anything is kept of the rest. */
export async function* readPdus(
  chunks: AsyncIterable<Buffer>,
  lengthMax: (type: number) => number,
): AsyncGenerator<Pdu, void, void> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let needed = headBytes;
  for await (const chunk of chunks) {
    parts.push(chunk);
    bytes += chunk.length;
    while (bytes >= needed) {
      const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes);
      const length = judgedLength(all, lengthMax);
      needed = headBytes + length;
      if (bytes < needed) {
        parts = [all];
        break;
      }
      yield { type: all[0]!, body: all.subarray(headBytes, needed) };
      parts = [all.subarray(needed)];
      bytes -= needed;
      needed = headBytes;
    }
  }
}

/** The length that a unit's head tells. Throws where there is no such type, or it may not be so long. */
export function judgedLength(head: Buffer, lengthMax: (type: number) => number): number {
  const type = head[0]!;
  if (type < pduTypes.associateRequest || type > pduTypes.abort) {
    throw new ProtocolViolation(`There is no PDU type ${type}.`, 'unrecognised');
  }
  const length = head.readUInt32BE(2);
  const max = lengthMax(type);
  if (length > max) {
    const said = `A PDU of type ${type} is ${length} bytes long; ${max} are allowed.`;
    throw new ProtocolViolation(said, 'invalidParameter', 'pduLengthMax');
  }
  return length;
}

/** A unit as it goes over the wire. */
export function writePdu(type: number, ...body: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(headBytes);
  head[0] = type;
  head.writeUInt32BE(
    body.reduce((sum, part) => sum + part.length, 0),
    2,
  );
  return Buffer.concat([head, ...body]);
}

/** The values in a P-DATA-TF unit. */
export function readPdvs(body: Buffer): readonly Pdv[] {
  const values: Pdv[] = [];
  for (let at = 0; at < body.length;) {
    const length = at + 6 <= body.length ? body.readUInt32BE(at) : 0;
    if (length < 2 || at + 4 + length > body.length) throw new ProtocolViolation('A PDV has no possible length.');
    const header = body[at + 5]!;
    values.push({
      contextId: body[at + 4]!,
      isCommand: (header & 1) !== 0,
      isLast: (header & 2) !== 0,
      value: body.subarray(at + 6, at + 4 + length),
    });
    at += 4 + length;
  }
  return values;
}

/** Bytes before the value in a P-DATA-TF unit that holds one. */
export const pdvOverhead = 12;

/** Fills in what stands before a value of `length` bytes, at the start of `unit`. */
export function writePdvHead(unit: Buffer, { contextId, isCommand, isLast }: Omit<Pdv, 'value'>, length: number): void {
  unit[0] = pduTypes.data;
  unit[1] = 0;
  unit.writeUInt32BE(length + 6, 2);
  unit.writeUInt32BE(length + 2, 6);
  unit[10] = contextId;
  unit[11] = (isCommand ? 1 : 0) | (isLast ? 2 : 0);
}

/** A P-DATA-TF unit with one value. */
export function dataPdu(pdv: Pdv): Buffer {
  const unit = Buffer.allocUnsafe(pdvOverhead + pdv.value.length);
  writePdvHead(unit, pdv, pdv.value.length);
  pdv.value.copy(unit, pdvOverhead);
  return unit;
}

/** An A-ABORT unit: by the service provider where a reason is given, else by its user (PS3.8 section 9.3.8). */
export function abortPdu(reason?: AbortReason): Buffer {
  return writePdu(pduTypes.abort, Buffer.from([0, 0, reason ? 2 : 0, reason ? abortReasons[reason] : 0]));
}
