import type { Context, Middleware } from 'koa';
import type { Reader } from '#domain/decision';
import { AgentError } from '#domain/errors';
import type { Publish } from '#domain/event';

/** What one may do: look; store and start things; change the agent. Each holds what is before it. */
export const roles = ['read', 'act', 'administer'] as const;
export type Role = (typeof roles)[number];

/** Who knocks, as far as a login told; or why the login is none. */
export type Login =
  | { readonly kind: 'known'; readonly roles: readonly Role[]; readonly name?: string }
  | { readonly kind: 'none'; readonly because: 'missing' | 'wrong' };

export interface LoginMethod {
  /** For the header WWW-Authenticate (RFC 9110 section 11.6.1). */
  readonly challenge: string;
  /** Reads the header Authorization. Throws TOO_BUSY. */
  login(authorization: string): Promise<Login>;
}

/** Lets a request through whose login may do it; whether the process lives, anybody may ask. */
export function requireLogin({ challenge, login }: LoginMethod, publish: Publish): Middleware {
  return async (context, next) => {
    if (context.path === '/health' || context.method === 'OPTIONS') return next();
    const refuse = (reason: string) => publish({ kind: 'login-refused', address: context.ip, reason });
    const known = await login(context.get('Authorization'));
    if (known.kind === 'none') {
      if (known.because === 'wrong') refuse('wrong login'); // a browser asks first without one
      context.set('WWW-Authenticate', challenge);
      if (context.req.readable) context.set('Connection', 'close'); // its body is not read
      throw new AgentError('UNAUTHENTICATED', '');
    }
    context.state['user'] = known.name;
    context.state['roles'] = known.roles;
    const needed = neededRole(context.method, context.path);
    if (!allows(known.roles, needed)) {
      refuse(`not allowed to ${needed}`);
      context.set('Connection', 'close');
      throw new AgentError('FORBIDDEN', `It needs the role ${needed}.`);
    }
    return next();
  };
}

/** What the request's login may do; everything, where nobody logs in. */
export function rolesOf(context: Context): readonly Role[] {
  return (context.state['roles'] as readonly Role[] | undefined) ?? roles;
}

/** Who asks, as a person's name in a report: one line of at most 64 characters, without what delimits the parts of a name (PS3.5 section 6.2.1). */
export function readerOf(context: Context): Reader {
  const user = (context.state['user'] as string | undefined) ?? '';
  const name = user
    .replaceAll(/[\\^=\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 64);
  return name === '' ? { name: 'Reader without login', isKnown: false } : { name, isKnown: true };
}

function neededRole(method: string, path: string): Role {
  if (path.startsWith('/api/administration/')) return 'administer';
  // Asking writes nothing, however much it computes.
  if (method === 'POST' && /^\/api\/studies\/[\d.]+\/ask$/.test(path)) return 'read';
  // To be told of the worklist is to read it.
  if (/^\/dicom-web\/workitems\/[\d.]+\/subscribers\//.test(path)) return 'read';
  return method === 'GET' || method === 'HEAD' ? 'read' : 'act';
}

function allows(held: readonly Role[], needed: Role): boolean {
  return held.some((role) => roles.indexOf(role) >= roles.indexOf(needed));
}

export function isRole(text: unknown): text is Role {
  return roles.some((role) => role === text);
}
