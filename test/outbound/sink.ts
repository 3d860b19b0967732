import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How a sink behaves: an answer, `silent` (never one), or `half` (the connection breaks in the middle of one). */
export type Behaviour =
  { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> } | 'silent' | 'half';

/** Somebody on this machine who is told by HTTP, and behaves as he is bidden. */
export async function startSink(behave: (asked: Asked) => Behaviour) {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      asked.push(one);
      const behaviour = behave(one);
      if (behaviour === 'silent') return;
      if (behaviour === 'half') {
        request.socket.write('HTTP/1.1 200 OK\r\ncontent-ty', () => request.socket.destroy());
        return;
      }
      response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body ?? '');
    });
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
