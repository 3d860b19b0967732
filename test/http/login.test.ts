import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { basicLogin, userLine } from '#http/basic-login';
import type { LoginMethod } from '#http/login';
import { oidcLogin } from '#http/oidc-login';
import { loginOf } from '#src/login-of';
import { createSample, studies, type Sample } from './sample.ts';
import { startService, type Started } from './start.ts';

let sample: Sample;
let folder: string;
beforeAll(async () => {
  sample = await createSample();
  folder = mkdtempSync(join(tmpdir(), 'login-'));
});
afterAll(async () => {
  await sample.archive.remove();
  rmSync(folder, { recursive: true });
});

async function withLogin<T>(login: LoginMethod, body: (service: Started) => Promise<T>): Promise<T> {
  const demonstrate = async () => ({ study: studies.assessed });
  const service = await startService(sample, { login, demonstrate });
  try {
    return await body(service);
  } finally {
    await service.close();
  }
}
const ask = async ({ url }: Started, path: string, authorization?: string, method = 'GET') => {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  const answer = await fetch(`${url}${path}`, { method, headers });
  await answer.arrayBuffer();
  return answer;
};
const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

describe('names and passwords', () => {
  let usersFile: string;
  let lines: readonly string[];
  beforeAll(async () => {
    usersFile = join(folder, 'users');
    lines = [await userLine('reader', ['read'], 'only to look'), await userLine('tech', ['act'], 'may also store')];
    writeFileSync(usersFile, `# users\n${lines.join('\n')}\n`);
  });

  test('nobody gets in without, but whoever asks whether the process lives', async () => {
    await withLogin(basicLogin(usersFile), async (service) => {
      for (const path of ['/', '/api/studies', '/dicom-web/studies', '/metrics', '/ready', '/page/page.css']) {
        const answer = await ask(service, path);
        expect([path, answer.status]).toEqual([path, 401]);
        expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Basic /);
      }
      expect((await ask(service, '/health')).status).toBe(200);
    });
  });

  test('a reader may look and not act; who may act may do both', async () => {
    await withLogin(basicLogin(usersFile), async (service) => {
      const reader = basic('reader', 'only to look');
      const tech = basic('tech', 'may also store');
      expect((await ask(service, '/api/studies', reader)).status).toBe(200);
      expect((await ask(service, '/api/demonstration', reader, 'POST')).status).toBe(403);
      expect((await ask(service, '/dicom-web/studies', reader, 'POST')).status).toBe(403);
      expect((await ask(service, '/api/studies', tech)).status).toBe(200);
      expect((await ask(service, '/api/demonstration', tech, 'POST')).status).toBe(202);
      expect((await ask(service, '/api/administration/x', tech)).status).toBe(403);
    });
  });

  test.each([
    ['a wrong password', basic('reader', 'only to loo')],
    ['an unknown name', basic('nobody', 'only to look')],
    ['no colon', `Basic ${Buffer.from('reader').toString('base64')}`],
    ['another scheme', 'Bearer abc'],
    ['nonsense', 'Basic ****'],
  ])('%s is refused, told and counted, without the name', async (_name, authorization) => {
    await withLogin(basicLogin(usersFile), async (service) => {
      expect((await ask(service, '/api/studies', authorization)).status).toBe(401);
      expect(service.events.filter(({ kind }) => kind === 'login-refused')).toEqual([
        { kind: 'login-refused', address: expect.stringContaining('127.0.0.1'), reason: 'wrong login' },
      ]);
    });
  });

  test('who was taken out of the file is out at once', async () => {
    const file = join(folder, 'changing');
    writeFileSync(file, lines.join('\n'));
    await withLogin(basicLogin(file), async (service) => {
      expect((await ask(service, '/api/studies', basic('reader', 'only to look'))).status).toBe(200);
      writeFileSync(file, `\n\n${lines[1]}`);
      expect((await ask(service, '/api/studies', basic('reader', 'only to look'))).status).toBe(401);
    });
  });

  test('a file that holds something else is a fault of the configuration', () => {
    const file = join(folder, 'damaged');
    writeFileSync(file, 'reader:secret\n');
    expect(() => basicLogin(file)).toThrow(/Line 1 of the users' file/);
  });
});

describe('bearer tokens', () => {
  let provider: Server;
  let issuer: string;
  let sign: (
    claims: object,
    change?: { issuer?: string; audience?: string; expires?: string; key?: CryptoKey },
  ) => Promise<string>;
  let strange: CryptoKey;
  beforeAll(async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    strange = (await generateKeyPair('RS256')).privateKey;
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' };
    provider = createServer((request, response) => {
      const isDiscovery = request.url?.endsWith('openid-configuration');
      response.end(JSON.stringify(isDiscovery ? { issuer, jwks_uri: `${issuer}/keys` } : { keys: [jwk] }));
    }).listen(0, '127.0.0.1');
    await once(provider, 'listening');
    issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    sign = (claims, { issuer: by = issuer, audience = 'apical', expires = '5m', key = privateKey } = {}) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .setIssuer(by)
        .setAudience(audience)
        .setExpirationTime(expires)
        .sign(key);
  });
  afterAll(() => void provider.close());
  const login = (more = {}) => oidcLogin({ issuer, audience: 'apical', rolesClaim: 'roles', rolePrefix: '', ...more });
  const statusOf = async (service: Started, token: string, method = 'GET', path = '/api/studies') =>
    (await ask(service, path, `Bearer ${token}`, method)).status;

  test('are taken with their roles', async () => {
    await withLogin(login(), async (service) => {
      expect(await statusOf(service, await sign({ roles: ['read'] }))).toBe(200);
      expect(await statusOf(service, await sign({ roles: 'read other' }))).toBe(200);
      expect(await statusOf(service, await sign({ roles: ['read'] }), 'POST', '/api/demonstration')).toBe(403);
      expect(await statusOf(service, await sign({ roles: ['administer'] }), 'POST', '/api/demonstration')).toBe(202);
      expect(await statusOf(service, await sign({}))).toBe(403);
      expect((await ask(service, '/api/studies')).headers.get('WWW-Authenticate')).toMatch(/^Bearer /);
    });
  });

  test('may keep their roles elsewhere, under other names', async () => {
    const given = login({ rolesClaim: 'realm_access.roles', rolePrefix: 'apical-' });
    await withLogin(given, async (service) => {
      expect(await statusOf(service, await sign({ realm_access: { roles: ['apical-read'] } }))).toBe(200);
      expect(await statusOf(service, await sign({ realm_access: { roles: ['read'] } }))).toBe(403);
    });
  });

  test('that are forged, expired, unsigned or meant for others are refused', async () => {
    const roles = ['administer'];
    const good = await sign({ roles });
    const [head, , signature] = good.split('.');
    const changed = Buffer.from(JSON.stringify({ roles, iss: issuer, aud: 'apical', exp: 4e9 })).toString('base64url');
    const forged = [
      await sign({ roles }, { key: strange }),
      await sign({ roles }, { expires: '-1h' }),
      await sign({ roles }, { audience: 'another' }),
      await sign({ roles }, { issuer: 'https://evil.example' }),
      new UnsecuredJWT({ roles }).setIssuer(issuer).setAudience('apical').setExpirationTime('5m').encode(),
      `${head}.${changed}.${signature}`,
      'nonsense',
    ];
    await withLogin(login(), async (service) => {
      for (const token of forged) expect(await statusOf(service, token)).toBe(401);
      expect(await statusOf(service, good)).toBe(200);
    });
  });

  test('are answered 503 while the provider is away: nobody gets in, and nobody is called a forger', async () => {
    const away = oidcLogin({ issuer: 'http://127.0.0.1:1', audience: 'apical', rolesClaim: 'roles', rolePrefix: '' });
    await withLogin(away, async (service) =>
      expect(await statusOf(service, await sign({ roles: ['read'] }))).toBe(503),
    );
  });
});

test('without a login the page is for this machine only, unless it is said to be open', () => {
  const settings = (host: string, kind: 'none' | 'open') => ({ host, auth: { kind } }) as never;
  expect(loginOf(settings('127.0.0.1', 'none'))).toBeUndefined();
  expect(() => loginOf(settings('0.0.0.0', 'none'))).toThrow(/set http\.auth/);
  expect(loginOf(settings('0.0.0.0', 'open'))).toBeUndefined();
});
