import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Certificates } from '#src/ports';

export interface MllpPeer {
  readonly host: string;
  readonly port: number;
  /** Given, TLS only. */
  readonly certificates?: Certificates | undefined;
}

const [startBlock, endBlock, carriageReturn] = [0x0b, 0x1c, 0x0d];
/** An acknowledgement is a few hundred bytes. */
const answerBytesMax = 65_536;

/**
 * Sends one message in a block of the Minimal Lower Layer Protocol (HL7 v2 appendix C) over a connection of its own, and
 * returns the block that comes back: on a connection with one message the answer can be no other's.
 */
export async function exchange(peer: MllpPeer, message: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const socket = open(peer);
  const stop = () => socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    socket.write(Buffer.concat([Buffer.of(startBlock), Buffer.from(message), Buffer.of(endBlock, carriageReturn)]));
    return await blockFrom(socket);
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

function open({ host, port, certificates }: MllpPeer): Socket {
  if (!certificates) return connect({ host, port });
  const { key, cert, ca, minVersion, ciphers } = certificates.options();
  const ours = { ...(key && { key }), ...(cert && { cert }), ...(ca && { ca }) };
  const servername = isIP(host) === 0 ? host : ''; // an address is not sent as a name (RFC 6066 section 3)
  return connectSecurely({ host, port, servername, ...ours, minVersion, ciphers, rejectUnauthorized: true });
}

async function blockFrom(socket: Socket): Promise<string> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    const start = received.indexOf(startBlock);
    const end = received.indexOf(Buffer.of(endBlock, carriageReturn), start + 1);
    if (start >= 0 && end > start) return received.toString('utf8', start + 1, end);
    if (received.length > answerBytesMax) break;
  }
  throw Object.assign(new Error('The answer was cut off.'), { name: 'NoAnswer' });
}
