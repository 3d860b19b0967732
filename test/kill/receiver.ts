import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { systemClock } from '#src/clock';
import { listen } from '#dimse/listener';
import type { Receive } from '#src/ports';

/** An archive that remembers what it was sent, and how often. */
export interface Receiver {
  readonly port: number;
  /** Digests of the contents that came under each SOP Instance UID. */
  readonly received: ReadonlyMap<string, readonly string[]>;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received = new Map<string, string[]>();
  const receive: Receive = async () => {
    const hash = createHash('sha256');
    const sink = new Writable({
      write(chunk: Buffer, _encoding, callback) {
        hash.update(chunk);
        callback();
      },
    });
    return {
      sink,
      async keep(announced) {
        if (!sink.writableEnded) sink.end();
        await finished(sink);
        const uid = announced?.sopInstance ?? '';
        received.set(uid, [...(received.get(uid) ?? []), hash.digest('hex')]);
        return { facts: {} as never, repeated: false };
      },
      discard: async () => undefined,
    };
  };
  const settings = {
    aeTitle: 'ARCHIVE',
    host: '127.0.0.1',
    port: 0,
    callingAeTitles: [],
    anyCalledAeTitle: false,
    addresses: [],
    sopClasses: [],
    associationsMax: 32,
    associationsPerPeerMax: 32,
    pduLengthMax: 65_536,
    commandBytesMax: 16_384,
    contextsMax: 128,
    commitment: [],
    firstPduMs: 10_000,
    idleMs: 60_000,
    associationMs: 600_000,
  };
  const { port, close } = await listen({ settings, receive, publish: () => undefined, clock: systemClock });
  return { port, received, close };
}
