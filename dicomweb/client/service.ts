import { ReadableStream } from 'node:stream/web';
import { AgentError } from '#domain/errors';
import { type Authorization, authorizationHeaders, turnedAway } from './authorization.ts';
import type { Certificates } from '#src/ports';
import { createTlsFetch, type TlsFetch, type TlsRequest } from './tls-fetch.ts';
import { createWatchdog, watchedBy } from './watchdog.ts';

/** A DICOMweb service of somebody else. */
export interface ServiceSettings {
  readonly name: string;
  /** Where `/studies` begins, such as `https://archive.example/dicom-web`. */
  readonly url: string;
  readonly authorization: Authorization;
  /** Longest silence, in milliseconds. */
  readonly timeoutMs: number;
  /** Our own certificate, and whom we trust; where it is not set, whom the system trusts. */
  readonly certificates?: Certificates | undefined;
}

interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

/** What came back: the head at once, the body as it comes. `body` must be read to its end or `cancel` be called. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncGenerator<Uint8Array, void, void>;
  cancel(): Promise<void>;
}

/** Sends one request. Throws with `unreachable` where nobody answers, or the answer breaks off. */
export type Send = (request: ServiceRequest) => Promise<ServiceAnswer>;

export function createSend(
  settings: ServiceSettings,
  unreachable: 'ARCHIVE_UNREACHABLE' | 'DESTINATION_UNREACHABLE',
): Send {
  const base = settings.url.replace(/\/+$/, '');
  const { certificates } = settings;
  if (certificates && !base.startsWith('https:'))
    throw new AgentError(
      'CONFIGURATION_INVALID',
      `${settings.name}: tls is set, but its url does not begin with https.`,
    );
  const exchange = certificates ? createTlsFetch(certificates) : plainFetch;
  const fail = (cause: unknown) => new AgentError(unreachable, `${settings.name}: ${reasonOf(cause, base)}`, { cause });
  return async ({ method, path, headers, body, signal }) => {
    const watchdog = createWatchdog(settings.timeoutMs, signal);
    try {
      const authorization = await authorizationHeaders(settings.authorization, watchdog.signal);
      const request = { method, headers: { ...headers, ...authorization }, signal: watchdog.signal };
      const url = new URL(`${base}${path}`);
      const response = body
        ? await exchange(url, { ...request, body: watchedBy(watchdog, body) })
        : await fetchWithin(url, request, exchange);
      if (isRedirect(response)) {
        await response.body?.cancel();
        throw new Error('unexpected redirect');
      }
      if (response.status === 401 && turnedAway(settings.authorization, authorization)) {
        await response.body?.cancel();
        throw new Error('the token was turned away');
      }
      const received = watchedBy(watchdog, response.body ?? []);
      return {
        status: response.status,
        headers: response.headers,
        body: unbroken(received, { fail, stop: () => watchdog.stop() }),
        cancel: async () => {
          watchdog.stop();
          await response.body?.cancel();
        },
      };
    } catch (thrown) {
      watchdog.stop();
      signal.throwIfAborted();
      throw thrown instanceof AgentError ? thrown : fail(thrown);
    }
  };
}

/** A body is sent as it comes, and no redirect may follow: else fetch keeps a second copy of the whole body. */
const plainFetch: TlsFetch = (url, { body, ...request }: TlsRequest) =>
  fetch(url, {
    ...request,
    ...(body
      ? ({ body: ReadableStream.from(body) as BodyInit, duplex: 'half', redirect: 'error' } as const)
      : { redirect: 'manual' as const }),
  });

const redirectsMax = 3;

/** Follows redirects within the service's own origin only: elsewhere nobody has been given our trust, nor our credentials. */
async function fetchWithin(url: URL, request: TlsRequest, exchange: TlsFetch, redirects = 0): Promise<Response> {
  const response = await exchange(url, request);
  if (!isRedirect(response)) return response;
  const next = URL.parse(response.headers.get('Location')!, url);
  if (next?.origin !== url.origin || redirects >= redirectsMax) return response;
  await response.body?.cancel();
  return fetchWithin(next, request, exchange, redirects + 1);
}

function isRedirect({ status, headers }: Response): boolean {
  return status >= 300 && status < 400 && headers.get('Location') !== null;
}

async function* unbroken(
  body: AsyncIterable<Uint8Array>,
  { fail, stop }: { readonly fail: (cause: unknown) => AgentError; readonly stop: () => void },
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* body;
  } catch (thrown) {
    throw fail(thrown);
  } finally {
    stop();
  }
}

/** Why nobody answered, in words that help: fetch itself says no more than "fetch failed". */
function reasonOf(thrown: unknown, base: string): string {
  const { host, port } = new URL(base);
  const { cause = thrown } = errorLike(thrown);
  const { message, code, name } = errorLike(cause);
  if (message === 'bad port')
    return `port ${port} is one that web clients refuse by the Fetch standard; give the service at ${host} another port.`;
  if (message?.includes('token')) return `${host}, ${message}.`;
  if (message === 'unexpected redirect')
    return `${host} sends us elsewhere, and credentials go to no other host: set the url where it answers itself.`;
  return `${host}, ${typeof code === 'string' ? code : (name ?? 'no reason given')}.`;
}

function errorLike(thrown: unknown): { cause?: unknown; message?: string; code?: string | number; name?: string } {
  return typeof thrown === 'object' && thrown !== null ? thrown : {};
}
