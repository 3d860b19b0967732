import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { AgentError } from '#domain/errors';
import type { Certificates } from '#src/ports';
import { framed } from './syslog.ts';

/** Where the audit log is kept. */
export interface AuditRepository {
  readonly protocol: 'tls' | 'udp';
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly certificates?: Certificates | undefined;
}

/** Sends syslog messages to the repository; resolves once it has them, as far as it can tell. Throws DESTINATION_UNREACHABLE. */
export async function transmit(
  messages: readonly Buffer[],
  repository: AuditRepository,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (repository.protocol === 'udp') await byUdp(messages, repository);
    else await byTls(messages, repository, signal);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'no answer';
    throw new AgentError('DESTINATION_UNREACHABLE', `Audit log at ${repository.host}:${repository.port}: ${reason}.`, {
      cause,
    });
  }
}

/**
 * RFC 5425. Syslog confirms nothing; so one connection carries one batch, and the batch counts as told when the other side
 * has closed its end, without an error, after we have closed ours. What is told twice is known by its time and its UIDs.
 */
async function byTls(
  messages: readonly Buffer[],
  { host, port, timeoutMs, certificates }: AuditRepository,
  signal: AbortSignal,
): Promise<void> {
  const { key, cert, ca, minVersion = 'TLSv1.2', ciphers } = certificates?.options() ?? {};
  const ours = { ...(key && { key }), ...(cert && { cert }), ...(ca && { ca }), ...(ciphers && { ciphers }) };
  const servername = isIP(host) === 0 ? host : ''; // an address is not sent as a name (RFC 6066 section 3)
  const socket = connect({ host, port, servername, ...ours, minVersion, rejectUnauthorized: true });
  socket.on('error', () => undefined); // whoever waits is told; nobody waits any more once it is over
  const giveUp = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', giveUp, { once: true });
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error('silent for too long')));
  try {
    await once(socket, 'secureConnect');
    socket.resume();
    const ended = endOf(socket);
    for (const message of messages) {
      if (!socket.write(framed(message))) await Promise.race([once(socket, 'drain'), ended]);
    }
    socket.end();
    await ended;
  } finally {
    signal.removeEventListener('abort', giveUp);
    socket.destroy();
  }
}

/** The other side's end; before ours it is a break. */
async function endOf(socket: TLSSocket): Promise<void> {
  await once(socket, 'end');
  if (!socket.writableFinished) throw new Error('closed too early');
}

/** RFC 5426: a message a datagram, and nobody knows whether it came. */
async function byUdp(messages: readonly Buffer[], { host, port }: AuditRepository): Promise<void> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' });
  try {
    for (const message of messages) {
      await new Promise<void>((resolve, reject) => {
        socket.send(message, port, host, (error) => (error ? reject(error) : resolve()));
      });
    }
  } finally {
    socket.close();
  }
}
