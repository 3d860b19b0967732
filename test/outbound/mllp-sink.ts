import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createSecureServer, type TlsOptions } from 'node:tls';

/** A receiver of HL7 over MLLP; what it answers is given, `undefined` for nothing, `cut` for half an answer. */
export async function startMllpSink(answer: (message: string) => string | undefined, tls?: TlsOptions) {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => {
    sockets.add(socket);
    let bytes = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf(Buffer.of(0x1c, 0x0d));
      if (bytes[0] !== 0x0b || end < 0) return;
      const message = bytes.toString('utf8', 1, end);
      received.push(message);
      const said = answer(message);
      if (said === 'cut') socket.write('\x0bMSH|^~\\&|', () => socket.destroy());
      // In two parts, as networks do.
      else if (said !== undefined)
        socket.write(`\x0b${said.slice(0, 9)}`, () => socket.write(`${said.slice(9)}\x1c\r`));
    });
  };
  const server = tls ? createSecureServer(tls, serve) : createServer(serve);
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
