import { readFile } from 'node:fs/promises';
import { AgentError } from '#domain/errors';
import type { TokenSource } from './oauth2.ts';

/** How we say who we are to an archive. A token in a file is read anew for every request, so that it can be renewed. */
export type Authorization =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'bearer-file'; readonly path: string }
  | { readonly kind: 'oauth2'; readonly tokens: TokenSource };

/** The header fields that carry it. Throws CONFIGURATION_INVALID where the file cannot be read. */
export async function authorizationHeaders(
  authorization: Authorization,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  switch (authorization.kind) {
    case 'none':
      return {};
    case 'basic': {
      const { user, password } = authorization;
      return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
    }
    case 'bearer':
      return { Authorization: `Bearer ${authorization.token}` };
    case 'bearer-file':
      return { Authorization: `Bearer ${await readToken(authorization.path)}` };
    case 'oauth2':
      return { Authorization: `Bearer ${await authorization.tokens.get(signal)}` };
  }
}

/** After an answer of 401. True where another try, with a new token, may fare better. */
export function turnedAway(authorization: Authorization, headers: Readonly<Record<string, string>>): boolean {
  if (authorization.kind !== 'oauth2') return false;
  authorization.tokens.forget(headers['Authorization']?.replace(/^Bearer /, '') ?? '');
  return true;
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new AgentError('CONFIGURATION_INVALID', `The file with the bearer token cannot be read: ${path}.`, { cause });
  }
}
