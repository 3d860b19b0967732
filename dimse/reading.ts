import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** A connection, and what comes over it. A chunk is to be used up before the next is asked for. */
export interface Incoming {
  readonly socket: Socket;
  readonly chunks: AsyncIterable<Buffer>;
}

/** Not part of Node's documented interface; where it is gone, the connection is read as usual. */
const handleKey = '_handle';
/** How much is read at once. */
const readBytes = 1 << 18;

/**
 * Reads an accepted connection into memory that is used again and again. Node gives a new buffer for each 64 KiB that come,
 * and collecting them costs more than receiving: for a gigabyte 0.73 s of processor time against 0.20 s so. Its option for
 * it (`onread`) is for sockets that one makes oneself, so the connection's handle moves to such a one.
 */
export function incoming(accepted: Socket): Incoming {
  const internals = accepted as unknown as Record<string, object | null | undefined>;
  const handle = internals[handleKey];
  // What TLS decrypted comes in memory of its own.
  if (!handle || accepted instanceof TLSSocket)
    return { socket: accepted, chunks: accepted.iterator({ destroyOnReturn: false }) };
  internals[handleKey] = null;
  accepted.destroy(); // only the shell: the server counts it no more
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  let come = Promise.withResolvers<number>();
  let isDiscarding = false;
  const callback = (bytes: number): boolean => {
    come.resolve(bytes);
    return isDiscarding; // false: nothing more is read until `resume`
  };
  const options = { handle, allowHalfOpen: true, onread: { buffer, callback } };
  const socket = new Socket(options as never);
  let isOver = false;
  const end = (): void => {
    isOver = true;
    come.resolve(0);
  };
  socket.once('end', end).once('error', end).once('close', end);
  async function* chunks() {
    try {
      for (;;) {
        socket.resume();
        const bytes = await come.promise;
        if (bytes === 0) return;
        come = Promise.withResolvers<number>();
        if (isOver) come.resolve(0);
        yield buffer.subarray(0, bytes);
      }
    } finally {
      isDiscarding = true;
      socket.resume(); // what is left unread when a connection closes would undo our last word
    }
  }
  return { socket, chunks: chunks() };
}

/** Writes bytes whose memory is used again: undefined where the stream has used them up already, else resolves when it has. */
export function used(stream: Writable, bytes: Buffer): Promise<void> | undefined {
  stream.write(bytes);
  if (stream.writableLength === 0) return undefined;
  return new Promise((resolve) => stream.write(nothing, () => resolve())); // after them, used up or failed
}

const nothing = Buffer.alloc(0);
