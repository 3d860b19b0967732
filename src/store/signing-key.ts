import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  calculateJwkThumbprint,
  CompactSign,
  compactVerify,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import { AgentError } from '#domain/errors';

/** The agent's own key: it says that a decision was kept here and has stayed as it was. */
export interface SigningKey {
  /** A detached JWS over the text (RFC 7515, appendix F). */
  sign(text: string): Promise<string>;
  /** Whether a detached JWS is by this key, over this text. */
  holds(text: string, signature: string): Promise<boolean>;
  /** For others who check (RFC 7517); absent until something was signed. */
  publicKey(): Promise<JWK | undefined>;
}

const algorithm = 'EdDSA';

/** The key pair of a data folder, made at its first use, for its owner's eyes only. */
export function createSigningKey(dataFolder: string): SigningKey {
  const path = join(dataFolder, 'keys', 'decisions.jwk');
  let known: Promise<JWK> | undefined;
  const keyPair = (): Promise<JWK> => {
    known ??= make(path).catch((thrown: unknown) => {
      known = undefined; // the next call tries again
      throw thrown;
    });
    return known;
  };
  return {
    async sign(text) {
      const key = await keyPair();
      const jws = await new CompactSign(new TextEncoder().encode(text))
        .setProtectedHeader({ alg: algorithm, kid: key.kid ?? '' })
        .sign(await importJWK(key, algorithm));
      return jws.replace(/\.[^.]+\./, '..');
    },
    async holds(text, signature) {
      const key = await publicOf(path);
      if (!key) return false;
      const whole = signature.replace('..', `.${Buffer.from(text).toString('base64url')}.`);
      return compactVerify(whole, await importJWK(key, algorithm), { algorithms: [algorithm] }).then(
        () => true,
        () => false,
      );
    },
    publicKey: () => publicOf(path),
  };
}

async function make(path: string): Promise<JWK> {
  const kept = await read(path);
  if (kept) return kept;
  const { privateKey } = await generateKeyPair(algorithm, { crv: 'Ed25519', extractable: true });
  const key = await exportJWK(privateKey);
  const named = { ...key, kid: await calculateJwkThumbprint(key) };
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const partial = `${path}.${randomBytes(8).toString('hex')}`;
  const file = await open(partial, 'wx', 0o600);
  await file.writeFile(JSON.stringify(named));
  await file.sync();
  await file.close();
  // A key that is there already stays: what it signed must hold.
  await link(partial, path).catch(() => undefined);
  await rm(partial);
  return (await read(path)) ?? named;
}

async function read(path: string): Promise<JWK | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as JWK;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AgentError('CONFIGURATION_INVALID', 'The key that signs decisions cannot be read.', { cause });
  }
}

async function publicOf(path: string): Promise<JWK | undefined> {
  const key = await read(path);
  if (!key) return undefined;
  const { kty, crv, x, kid } = key;
  return { kty, crv, x, kid, alg: algorithm, use: 'sig' } as JWK;
}
