import { Agent, request } from 'node:https';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { IncomingMessage } from 'node:http';
import type { Certificates } from '#src/ports';

export interface TlsRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

/** Asks a service over HTTPS; follows no redirect. */
export type TlsFetch = (url: URL, request: TlsRequest) => Promise<Response>;

/**
 * What `fetch` does, with certificates of our own choice, which it has no place for: ours is shown, and the other side's
 * must be vouched for. They are looked at anew for each request, so that renewed ones count from then on.
 */
export function createTlsFetch(certificates: Certificates): TlsFetch {
  // A connection that was kept may be closed by the other side while a body is on its way that cannot be sent twice.
  const agent = new Agent({ keepAlive: false });
  return async (url, { method, headers, body, signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const identity = { ...certificates.options(), requestCert: false, rejectUnauthorized: true };
    const sent = request(url, { ...identity, agent, method, headers: { ...headers }, signal });
    sent.once('response', resolve);
    sent.once('error', reject);
    const sending = body ? Readable.from(body, { objectMode: false }).pipe(sent) : sent.end();
    finished(sending, { readable: false }).catch(reject);
    return responseOf(await promise);
  };
}

const bodiless = new Set([204, 205, 304]);

function responseOf(message: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(message.headersDistinct))
    for (const value of values) headers.append(name, value);
  const { statusCode: status = 502 } = message;
  if (!bodiless.has(status)) return new Response(Readable.toWeb(message) as BodyInit, { status, headers });
  message.resume();
  return new Response(null, { status, headers });
}
