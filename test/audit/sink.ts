import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { Pair } from '#test/support/certificates';

/** A syslog server over TLS that takes messages apart by their octet counts. */
export async function startSink({ keyFile, certificateFile, caFile }: Pair, { port = 0, cutFirst = false } = {}) {
  const messages: string[] = [];
  const connections: TLSSocket[] = [];
  const protocols: (string | null)[] = [];
  const server = createServer(
    {
      key: readFileSync(keyFile),
      cert: readFileSync(certificateFile),
      ca: readFileSync(caFile),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    },
    (socket) => {
      connections.push(socket);
      protocols.push(socket.getProtocol());
      socket.on('error', () => undefined);
      let rest = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        rest = Buffer.concat([rest, chunk]);
        for (let frame = take(rest); frame; frame = take(rest)) {
          messages.push(frame.message);
          rest = frame.rest;
        }
      });
    },
  );
  if (cutFirst) server.once('connection', (socket) => socket.destroy());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    messages,
    protocols,
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

function take(buffer: Buffer): { message: string; rest: Buffer<ArrayBuffer> } | undefined {
  const [whole, digits] = /^([1-9]\d{0,7}) /.exec(buffer.toString('latin1', 0, 10)) ?? [];
  if (whole === undefined) return undefined;
  const end = whole.length + Number(digits);
  return buffer.length < end
    ? undefined
    : { message: buffer.toString('utf8', whole.length, end), rest: Buffer.from(buffer.subarray(end)) };
}
