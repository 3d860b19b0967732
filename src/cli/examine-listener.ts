import { once } from 'node:events';
import { connect } from 'node:net';
import { AgentError } from '#domain/errors';
import type { MessageSettings } from '#src/messages';

const patienceMs = 10_000;

/** Whether somebody listens where messages go; nothing is sent. Throws DESTINATION_UNREACHABLE. */
export async function examineListener(settings: MessageSettings): Promise<string> {
  const { host, port } = 'url' in settings ? placeOf(settings.url) : settings;
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(patienceMs) });
    return `${host}:${port} takes connections`;
  } catch (cause) {
    const { code, name } = cause as NodeJS.ErrnoException;
    throw new AgentError('DESTINATION_UNREACHABLE', `${settings.name}: ${code ?? name}.`, { cause });
  } finally {
    socket.destroy();
  }
}

function placeOf(url: string): { readonly host: string; readonly port: number } {
  const { protocol, hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}
