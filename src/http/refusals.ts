import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Publish, RequestRefusal } from '#domain/event';

/** Tells of those who were sent away before they had said what they want, and answers them as far as they can be answered. */
export function tellRefusals(server: Server, publish: Publish): void {
  const tell = (code: RequestRefusal, address = '') => publish({ kind: 'request-refused', address, code });
  server.on('drop', (drop) => tell('http.connectionsMax', drop?.remoteAddress));
  server.on('tlsClientError', (_error: Error, socket: Socket) => tell('tls-handshake', socket.remoteAddress));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const { remoteAddress } = socket as Socket;
    const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    if (isLate || error.code?.startsWith('HPE_')) tell(isLate ? 'too-slow' : 'malformed', remoteAddress);
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    const status = isLate ? '408 Request Timeout' : '400 Bad Request';
    // Not `end` alone: who keeps his half open would keep the connection.
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`, () => socket.destroy());
  });
}
