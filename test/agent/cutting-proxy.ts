import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

/** Stands before a server, hands on what is said, and once keeps an answer back: what was asked for is done, and nobody hears of it. */
export interface CuttingProxy {
  readonly port: number;
  /** Whether the answer was kept back. */
  isCut(): boolean;
  stop(): Promise<void>;
}

/** Keeps back the first answer that is `wanted`, with all that would follow on that connection. */
export async function startCuttingProxy(port: number, wanted: (answer: Buffer) => boolean): Promise<CuttingProxy> {
  let isCut = false;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const target = createConnection({ host: '127.0.0.1', port });
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.end();
      });
    }
    client.on('data', (chunk: Buffer) => void target.write(chunk));
    target.on('data', (chunk: Buffer) => {
      if (!isCut && wanted(chunk)) {
        isCut = true;
        target.removeAllListeners('data').resume();
      } else client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    isCut: () => isCut,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
