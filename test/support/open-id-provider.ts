import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An OpenID provider on loopback that signs tokens for `apical`; and signs as somebody else would, with a key it does not publish. */
export interface OpenIdProvider {
  readonly issuer: string;
  token(roles: readonly string[], how?: { readonly isForged?: boolean }): Promise<string>;
  close(): void;
}

export async function startOpenIdProvider(): Promise<OpenIdProvider> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const strange = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' };
  let issuer = '';
  const server = createServer(({ url }, response) => {
    const isDiscovery = url?.endsWith('openid-configuration');
    response.end(JSON.stringify(isDiscovery ? { issuer, jwks_uri: `${issuer}/keys` } : { keys: [jwk] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    token: (roles, { isForged = false } = {}) =>
      new SignJWT({ roles })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .setIssuer(issuer)
        .setAudience('apical')
        .setExpirationTime('10m')
        .sign(isForged ? strange.privateKey : privateKey),
    close: () => void server.close(),
  };
}
