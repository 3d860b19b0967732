import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { writeIdentifier } from '#dimse/identifier';
import { command, data, hex, rawPeer, storeCommand, type RawPeer } from './raw-peer.ts';
import { accept, contextsOf } from './scripted-peer.ts';

/** What came: its command field, and the message that it concerns. */
export interface Heard {
  readonly field: number;
  readonly respondsTo: number | undefined;
  readonly status: number | undefined;
}

/** What an archive says on one association that asks it something. */
export interface QueryScript {
  /** Result of each presentation context; 0 accepts. */
  readonly result?: number;
  /** The request is there; says what follows. */
  answer(peer: Saying): Promise<void> | void;
  /** A later message: a cancellation, or the response to what it stores with us. */
  heard?(message: Heard, peer: Saying): void;
}

export interface Saying extends RawPeer {
  /** A response with a status, and a match where one is given. */
  respond(field: number, status: number, match?: Readonly<Record<string, string>> | Buffer): void;
  /** A C-STORE request of an object; in explicit little endian, as its context asks. */
  store(sopInstance: string, dataSet: Buffer, more?: { readonly isLast?: boolean }): void;
}

export interface QueryPeer {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
  /** The bytes of each association request. */
  readonly requests: Buffer[];
  readonly heard: Heard[];
  stop(): Promise<void>;
}

export const findResponse = 0x8020;
export const getResponse = 0x8010;
export const moveResponse = 0x8021;
export const cancelRequest = 0x0fff;

const pieceBytes = 16_384;

/** An archive that is asked, and follows a script. */
export async function startQueryPeer(script: QueryScript): Promise<QueryPeer> {
  const sockets = new Set<Socket>();
  const [requests, heard]: [Buffer[], Heard[]] = [[], []];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    void follow(socket, script, { requests, heard });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    aeTitle: 'OLDPACS',
    host: '127.0.0.1',
    port,
    requests,
    heard,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function follow(
  socket: Socket,
  { result = 0, answer, heard: hear }: QueryScript,
  { requests, heard }: { requests: Buffer[]; heard: Heard[] },
): Promise<void> {
  const raw = rawPeer(socket);
  const request = await raw.hear();
  if (!request) return;
  requests.push(request.body);
  raw.say(accept(request.body, contextsOf(request.body), result));
  const peer: Saying = {
    ...raw,
    respond(field, status, match) {
      raw.say(data(1, 3, response(field, status, match !== undefined)));
      const bytes = Buffer.isBuffer(match) ? match : writeIdentifier(match ?? {});
      for (let at = 0; at < bytes.length; at += pieceBytes)
        raw.say(data(1, at + pieceBytes < bytes.length ? 0 : 2, bytes.subarray(at, at + pieceBytes)));
    },
    store(sopInstance, dataSet, { isLast = true } = {}) {
      raw.say(data(3, 3, storeCommand(7, sopInstance)), data(3, isLast ? 2 : 0, dataSet));
    },
  };
  for (let isAsked = false; ;) {
    const unit = await raw.hear();
    if (!unit) return;
    if (unit.type === 5) return raw.say(hex('06 00 00000004 00000000'));
    if (unit.type !== 4) continue;
    if (unit.body[5] === 2 && !isAsked) {
      isAsked = true;
      void answer(peer);
    }
    if (unit.body[5] !== 3 || !isAsked) continue;
    const message = messageIn(unit.body);
    heard.push(message);
    hear?.(message, peer);
  }
}

function messageIn(body: Buffer): Heard {
  const us16 = (element: number) => {
    const at = body.indexOf(Buffer.from([0, 0, element & 0xff, element >> 8, 2, 0, 0, 0]));
    return at < 0 ? undefined : body.readUInt16LE(at + 8);
  };
  return { field: us16(0x0100) ?? 0, respondsTo: us16(0x0120), status: us16(0x0900) };
}

function response(field: number, status: number, hasMatch: boolean): Buffer {
  const us = (value: number) => Buffer.from([value & 0xff, value >> 8]);
  const bytes = command(field, 0, [
    [0x0120, us(1)],
    [0x0900, us(status)],
  ]);
  if (hasMatch) bytes.writeUInt16LE(1, bytes.indexOf(hex('0000 0008 02000000')) + 8);
  return bytes;
}
