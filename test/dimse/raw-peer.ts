import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';

/** A peer that says exactly the bytes it is told to. */
export interface RawPeer {
  readonly socket: Socket;
  say(...bytes: readonly Buffer[]): void;
  /** The next unit from the other side; undefined at its end. */
  hear(): Promise<{ readonly type: number; readonly body: Buffer } | undefined>;
}

export async function connectRaw(port: number): Promise<RawPeer> {
  const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return rawPeer(socket);
}

/** The same over a connection that is there already. */
export function rawPeer(socket: Socket): RawPeer {
  const chunks = socket.iterator({ destroyOnReturn: false });
  let heard: Buffer = Buffer.alloc(0);
  const fill = async (bytes: number): Promise<boolean> => {
    while (heard.length < bytes) {
      const next = await chunks.next().catch(() => ({ done: true, value: undefined }));
      if (next.done) return false;
      heard = Buffer.concat([heard, next.value as Buffer]);
    }
    return true;
  };
  return {
    socket,
    say: (...bytes) => void socket.write(Buffer.concat(bytes)),
    async hear() {
      if (!(await fill(6)) || !(await fill(6 + heard.readUInt32BE(2)))) return undefined;
      const end = 6 + heard.readUInt32BE(2);
      const unit = { type: heard[0]!, body: heard.subarray(6, end) };
      heard = heard.subarray(end);
      return unit;
    },
  };
}

/** Bytes as hexadecimal digits, blanks between them as one likes. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits.replace(/\s/g, ''), 'hex');
}

/** An item of an association PDU: type, reserved byte, length of two bytes, value. */
export function item(type: number, ...value: readonly Buffer[]): Buffer {
  const body = Buffer.concat(value);
  const head = Buffer.from([type, 0, 0, 0]);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, body]);
}

export function unit(type: number, ...body: readonly Buffer[]): Buffer {
  const all = Buffer.concat(body);
  const head = Buffer.from([type, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(all.length, 2);
  return Buffer.concat([head, all]);
}

const text = (value: string) => Buffer.from(value, 'latin1');

export interface RawRequest {
  readonly contexts?: readonly (readonly [id: number, abstractSyntax: string, ...transferSyntaxes: string[]])[];
  readonly called?: string;
  /** Further items of the user information. */
  readonly user?: readonly Buffer[];
}

export const implicitLittleEndian = '1.2.840.10008.1.2';
export const explicitLittleEndian = '1.2.840.10008.1.2.1';
export const verificationClass = '1.2.840.10008.1.1';
export const usMultiframe = '1.2.840.10008.5.1.4.1.1.3.1';

/** An A-ASSOCIATE-RQ, by default for Verification on context 1 and an ultrasound clip on context 3. */
export function associateRequest({ contexts, called = 'APICAL', user = [] }: RawRequest = {}): Buffer {
  const proposed = contexts ?? [
    [1, verificationClass, implicitLittleEndian],
    [3, usMultiframe, explicitLittleEndian],
  ];
  return unit(
    1,
    hex('0001 0000'), // protocol version 1
    text(called.padEnd(16) + 'SENDER'.padEnd(16)),
    Buffer.alloc(32),
    item(0x10, text('1.2.840.10008.3.1.1.1')),
    ...proposed.map(([id, abstractSyntax, ...syntaxes]) =>
      item(
        0x20,
        Buffer.from([id, 0, 0, 0]),
        item(0x30, text(abstractSyntax)),
        ...syntaxes.map((syntax) => item(0x40, text(syntax))),
      ),
    ),
    item(0x50, item(0x51, hex('00004000')), ...user),
  );
}

/** A P-DATA-TF with one value; `header` 3 is the end of a command set, 2 that of a data set, 1 and 0 come before. */
export function data(contextId: number, header: number, value: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length + 2);
  return unit(4, length, Buffer.from([contextId, header]), value);
}

/** An element of a command set: group 0000, Implicit VR Little Endian. */
function element(number: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(number, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}

const us = (value: number) => Buffer.from([value & 0xff, value >> 8]);
const uid = (value: string) => text(value.length % 2 ? `${value}\0` : value);

export function command(field: number, messageId: number, more: readonly (readonly [number, Buffer])[] = []): Buffer {
  const hasDataSet = more.some(([number]) => number === 0x1000);
  const elements = [
    [0x0100, us(field)] as const,
    [0x0110, us(messageId)] as const,
    [0x0800, us(hasDataSet ? 1 : 0x0101)] as const,
    ...more,
  ];
  return Buffer.concat(elements.sort(([a], [b]) => a - b).map(([number, value]) => element(number, value)));
}

export const echoCommand = (messageId: number) => command(0x0030, messageId, [[0x0002, uid(verificationClass)]]);

export function storeCommand(messageId: number, sopInstance: string, sopClass = usMultiframe): Buffer {
  return command(0x0001, messageId, [
    [0x0002, uid(sopClass)],
    [0x0700, us(0)],
    [0x1000, uid(sopInstance)],
  ]);
}

/** Status and message ID of a response, straight from its bytes. */
export function responseIn(body: Buffer): { readonly status: number; readonly respondsTo: number } {
  return { status: us16(body, 0x0900), respondsTo: us16(body, 0x0120) };
}

function us16(body: Buffer, number: number): number {
  const at = body.indexOf(Buffer.from([0, 0, number & 0xff, number >> 8, 2, 0, 0, 0]));
  if (at < 0) throw new Error(`no element ${number.toString(16)}`);
  return body.readUInt16LE(at + 8);
}
