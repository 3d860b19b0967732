import { readFile } from 'node:fs/promises';
import { AgentError } from '#domain/errors';

/** A client of an authorization server (RFC 6749 section 4.4, client credentials grant). */
export interface OAuth2Settings {
  readonly tokenUrl: string;
  readonly clientId: string;
  /** Read anew for every token, so that the secret can be renewed. */
  readonly clientSecretFile: string;
  readonly scope?: string | undefined;
}

/** Access tokens, each used until shortly before it ends. */
export interface TokenSource {
  get(signal: AbortSignal): Promise<string>;
  /** It was turned away; the next one is fetched anew. */
  forget(token: string): void;
}

/** Ends this much earlier for us than for the server: a request takes time. */
const marginMs = 30_000;
const answerMs = 20_000;
/** Where the server does not say how long (RFC 6749 section 5.1). */
const assumedSeconds = 300;

interface Token {
  readonly value: string;
  /** On the clock that never jumps. */
  readonly until: number;
}

/** Fetches tokens when they are needed. Errors name the server and its error code, never a secret. */
export function createTokenSource(settings: OAuth2Settings): TokenSource {
  let current: Token | undefined;
  let underWay: Promise<Token> | undefined;
  return {
    async get(signal) {
      if (current && performance.now() < current.until) return current.value;
      underWay ??= request(settings).finally(() => (underWay = undefined));
      current = await underWay;
      signal.throwIfAborted();
      return current.value;
    },
    forget(token) {
      if (current?.value === token) current = undefined;
    },
  };
}

async function request({ tokenUrl, clientId, clientSecretFile, scope }: OAuth2Settings): Promise<Token> {
  const secret = await readFile(clientSecretFile, 'utf8').catch((cause: unknown) => {
    throw new AgentError(
      'CONFIGURATION_INVALID',
      `The file with the client secret cannot be read: ${clientSecretFile}.`,
      {
        cause,
      },
    );
  });
  // Both are form-encoded before they are joined (RFC 6749 section 2.3.1).
  const client = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret.trim())}`;
  const answer = await fetch(tokenUrl, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(client).toString('base64')}`, Accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) }),
    signal: AbortSignal.timeout(answerMs),
    redirect: 'error',
  }).catch((cause: unknown) => {
    throw new Error(`no token from ${new URL(tokenUrl).host}, which does not answer`, { cause });
  });
  const said: unknown = await answer.json().catch(() => ({}));
  const {
    access_token: value,
    expires_in: seconds = assumedSeconds,
    error,
  } = said as Readonly<Record<string, unknown>>;
  if (!answer.ok || typeof value !== 'string' || value === '') {
    const code = typeof error === 'string' && /^[\w-]{1,40}$/.test(error) ? `, ${error}` : '';
    throw new Error(`no token from ${new URL(tokenUrl).host} (status ${answer.status}${code})`);
  }
  return { value, until: performance.now() + Math.max(0, Number(seconds) * 1000 - marginMs || 0) };
}
