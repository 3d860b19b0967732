import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { command, data, hex, item, rawPeer, unit } from './raw-peer.ts';

/** What an archive does with the objects of one association, in order. */
type Answer = number | 'closes' | 'aborts' | 'says nothing' | 'answers another request';

export interface Script {
  /** What it does on the association request; default: accepts every context. */
  readonly onRequest?: 'accepts nothing' | 'rejects for now' | 'rejects for good' | 'closes' | 'says nothing';
  readonly answers?: readonly Answer[];
  /** Error Comment in its responses. */
  readonly comment?: string;
}

export interface ScriptedPeer {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
  /** How many presentation contexts each association proposed. */
  readonly proposed: number[];
  /** How many data sets came whole. */
  readonly objects: number;
  stop(): Promise<void>;
}

/** An archive that follows a script, each further association the next; the last one repeats. */
export async function startScriptedPeer(...scripts: readonly Script[]): Promise<ScriptedPeer> {
  const proposed: number[] = [];
  const sockets = new Set<Socket>();
  const seen = { objects: 0 };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const script = scripts[Math.min(proposed.length, scripts.length - 1)] ?? {};
    void follow(socket, script, { proposed, seen });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    aeTitle: 'ARCHIVE',
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    proposed,
    get objects() {
      return seen.objects;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function follow(
  socket: Socket,
  { onRequest, answers = [], comment }: Script,
  { proposed, seen }: { proposed: number[]; seen: { objects: number } },
): Promise<void> {
  const peer = rawPeer(socket);
  const request = await peer.hear();
  if (!request) return;
  const contexts = contextsOf(request.body);
  proposed.push(contexts.length);
  if (onRequest === 'closes') return void socket.destroy();
  if (onRequest === 'says nothing') return;
  if (onRequest === 'rejects for now') return peer.say(hex('03 00 00000004 00 02 03 02'));
  if (onRequest === 'rejects for good') return peer.say(hex('03 00 00000004 00 01 01 03'));
  const result = onRequest === 'accepts nothing' ? 3 : 0;
  peer.say(accept(request.body, contexts, result));
  const left = [...answers];
  let messageId = 0;
  for (;;) {
    const heard = await peer.hear();
    if (!heard) return;
    if (heard.type === 5) return peer.say(hex('06 00 00000004 00000000'));
    if (heard.type !== 4) return void socket.destroy();
    const [contextId, header] = [heard.body[4]!, heard.body[5]!];
    if (header & 1) messageId = heard.body.readUInt16LE(heard.body.indexOf(hex('0000 1001 02000000')) + 8);
    if (header !== 2) continue;
    seen.objects += 1;
    const answer = left.shift() ?? 0;
    if (answer === 'closes') return void socket.destroy();
    if (answer === 'aborts') return peer.say(hex('07 00 00000004 00 00 02 00'));
    if (answer === 'says nothing') continue;
    const isOther = answer === 'answers another request';
    peer.say(data(contextId, 3, response(isOther ? messageId + 1 : messageId, isOther ? 0 : answer, comment)));
  }
}

function response(messageId: number, status: number, comment = ''): Buffer {
  const us = (value: number) => Buffer.from([value & 0xff, value >> 8]);
  const text = Buffer.from(comment.length % 2 ? `${comment} ` : comment, 'latin1');
  return command(0x8001, 0, [
    [0x0120, us(messageId)],
    [0x0900, us(status)],
    ...(comment ? [[0x0902, text] as const] : []),
  ]);
}

interface Context {
  readonly id: number;
  readonly transferSyntax: Buffer;
}

/** Contexts of a request: item 20 with ID, three bytes, item 30, item 40. */
export function contextsOf(body: Buffer): readonly Context[] {
  const contexts: Context[] = [];
  for (let at = 68; at < body.length; at += 4 + body.readUInt16BE(at + 2)) {
    if (body[at] !== 0x20) continue;
    const syntaxAt = at + 8 + 4 + body.readUInt16BE(at + 10);
    const length = body.readUInt16BE(syntaxAt + 2);
    contexts.push({ id: body[at + 4]!, transferSyntax: body.subarray(syntaxAt + 4, syntaxAt + 4 + length) });
  }
  return contexts;
}

export function accept(request: Buffer, contexts: readonly Context[], result: number): Buffer {
  return unit(
    2,
    request.subarray(0, 68),
    item(0x10, Buffer.from('1.2.840.10008.3.1.1.1')),
    ...contexts.map(({ id, transferSyntax }) =>
      item(0x21, Buffer.from([id, 0, result, 0]), item(0x40, transferSyntax)),
    ),
    item(0x50, item(0x51, hex('00000100'))), // 256 bytes a PDU: everything comes in pieces
  );
}
