import type { IncomingMessage } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { frameOf, statusReport, type EventReport } from './event-reports.ts';

/** The WebSockets over which subscribers are told (PS3.18 section 8.10.4). */
export interface EventChannels {
  /** Whether there is room for one more. */
  hasRoom(): boolean;
  /** Makes the connection of a request one of them. */
  open(request: IncomingMessage, ae: string): void;
  /** Tells an Application Entity, wherever it listens. Whoever does not listen is not told: it may search the worklist. */
  send(ae: string, report: EventReport): void;
  /** Says that we are going down, and closes all. */
  close(): void;
}

interface ChannelLimits {
  readonly channelsMax?: number;
  /** Who lets more than this wait is cut off, so that a slow one harms nobody; it may come again and search. */
  readonly waitingBytesMax?: number;
  /** Time between two signs of life; who gives none until the next is gone. */
  readonly heartbeatMs?: number;
}

/** AE: up to 16 characters, no backslash and no control character (PS3.5 table 6.2-1). */
export function isAeTitle(text: string): boolean {
  return /^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(text) && text.trim() !== '';
}

export function createEventChannels({
  channelsMax = 64,
  waitingBytesMax = 1_048_576,
  heartbeatMs = 30_000,
}: ChannelLimits = {}): EventChannels {
  // Subscribers only listen; whatever they say is short.
  const server = new WebSocketServer({ noServer: true, maxPayload: 4096, perMessageDeflate: false });
  const channels = new Map<WebSocket, { readonly ae: string; alive: boolean }>();
  const greeted = new Set<string>();
  const count = { message: 0 };

  const post = (socket: WebSocket, report: EventReport) => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > waitingBytesMax) return socket.terminate();
    count.message = (count.message % 65_535) + 1; // Message ID (0000,0110) is a US
    socket.send(frameOf(report, count.message));
  };
  const heart = setInterval(() => {
    for (const [socket, channel] of channels) {
      if (!channel.alive) socket.terminate();
      channel.alive = false;
      socket.ping();
    }
  }, heartbeatMs).unref();

  const welcome = (socket: WebSocket, ae: string) => {
    const channel = { ae, alive: true };
    channels.set(socket, channel);
    socket.on('pong', () => (channel.alive = true));
    socket.on('close', () => channels.delete(socket));
    socket.on('error', () => socket.terminate()); // a subscriber that goes away is no fault of ours
    // PS3.4 section CC.2.4.3: after a restart, once for each that listens.
    if (!greeted.has(ae)) post(socket, statusReport('RESTARTED'));
    if (greeted.size < greetedMax) greeted.add(ae);
  };

  return {
    hasRoom: () => channels.size < channelsMax,
    open(request, ae) {
      server.handleUpgrade(request, request.socket, Buffer.alloc(0), (socket) => welcome(socket, ae));
    },
    send(ae, report) {
      for (const [socket, channel] of channels) if (channel.ae === ae) post(socket, report);
    },
    close() {
      clearInterval(heart);
      for (const socket of channels.keys()) {
        post(socket, statusReport('GOING DOWN'));
        socket.close(1001);
        setTimeout(() => socket.terminate(), farewellMs).unref(); // who does not answer holds nobody up
      }
      server.close();
    },
  };
}

const greetedMax = 1000;
const farewellMs = 1000;
