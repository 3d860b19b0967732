import { ServerResponse, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Requests to upgrade a connection are answered by the same application as all others, so that the same rules hold for them;
 * a route that upgrades takes the socket, any other answer ends it.
 */
export function answerUpgrades(server: Server, answer: RequestListener): void {
  server.on('upgrade', (request, socket, head) => {
    if (head.length > 0) socket.unshift(head);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.once('finish', () => socket.end());
    socket.on('error', () => socket.destroy()); // a client that went away
    answer(request, response);
  });
}

/** Only WebSockets; whoever offers another protocol is answered in HTTP/1.1, its body included (RFC 9110 section 7.8). */
export function isUpgraded({ headers }: { readonly headers: { readonly upgrade?: string | undefined } }): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}
