import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { AgentError } from '#domain/errors';
import { isRole, type LoginMethod, type Role } from './login.ts';

export interface OidcSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Where the roles stand in a token; dots lead into objects, as in `realm_access.roles`. */
  readonly rolesClaim: string;
  readonly rolePrefix: string;
}

const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const askMs = 5_000;

/** Bearer tokens (RFC 6750) of an OpenID provider: signature, issuer, audience and times are checked, then the roles read. */
export function oidcLogin(settings: OidcSettings): LoginMethod {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const keysOf = (): Promise<JWTVerifyGetKey> => {
    keys ??= discover(settings.issuer);
    keys.catch(() => (keys = undefined)); // asked again with the next token
    return keys;
  };
  return {
    challenge: 'Bearer realm="Apical"',
    async login(authorization) {
      const token = /^Bearer ([\w.~+/=-]{1,16384})$/i.exec(authorization)?.[1];
      if (token === undefined) return { kind: 'none', because: authorization === '' ? 'missing' : 'wrong' };
      const { issuer, audience } = settings;
      const options = { issuer, audience, algorithms, clockTolerance: 30, requiredClaims: ['exp'] };
      try {
        const { payload } = await jwtVerify(token, await keysOf(), options);
        const name = payload.sub;
        return { kind: 'known', roles: rolesIn(payload, settings), ...(name !== undefined && { name }) };
      } catch (thrown) {
        if (thrown instanceof errors.JOSEError && !(thrown instanceof errors.JWKSTimeout)) {
          return { kind: 'none', because: 'wrong' };
        }
        throw new AgentError('TOO_BUSY', 'The OpenID provider does not answer.', { cause: thrown });
      }
    },
  };
}

/** OpenID Connect Discovery 1.0, section 4. */
async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(address, { signal: AbortSignal.timeout(askMs), redirect: 'error' });
  const { issuer: said, jwks_uri: place } = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
  if (said !== issuer || typeof place !== 'string') throw new Error('The OpenID provider gave another issuer.');
  return createRemoteJWKSet(new URL(place), { timeoutDuration: askMs });
}

function rolesIn(payload: JWTPayload, { rolesClaim, rolePrefix }: OidcSettings): readonly Role[] {
  let claim: unknown = payload;
  for (const step of rolesClaim.split('.')) {
    const isObject = typeof claim === 'object' && claim !== null && Object.hasOwn(claim, step);
    claim = isObject ? (claim as Record<string, unknown>)[step] : undefined;
  }
  const named = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? (claim as unknown[]) : [];
  return named
    .filter((name) => typeof name === 'string' && name.startsWith(rolePrefix))
    .map((name) => (name as string).slice(rolePrefix.length))
    .filter(isRole);
}
