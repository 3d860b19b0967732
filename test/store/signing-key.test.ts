import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { flattenedVerify, importJWK, type JWK } from 'jose';
import { createSigningKey } from '#store/signing-key';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'apical-key-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a signature holds for its text only, in the next process too', async () => {
  const signature = await createSigningKey(folder).sign('abc');
  expect(signature).toMatch(/^[\w-]+\.\.[\w-]+$/); // detached: the middle is empty
  const again = createSigningKey(folder);
  expect(await again.holds('abc', signature)).toBe(true);
  expect(await again.holds('abd', signature)).toBe(false);
  expect(await again.holds('abc', await createSigningKey(mkdtempSync(join(folder, 'other'))).sign('abc'))).toBe(false);
});

test('who has the public key can check it without us, and the private part is not in it', async () => {
  const key = createSigningKey(folder);
  expect(await key.publicKey()).toBeUndefined();
  const [header, , signature] = (await key.sign('abc')).split('.');
  const published = (await key.publicKey()) as JWK;
  expect(Object.keys(published)).not.toContain('d');
  const payload = Buffer.from('abc').toString('base64url');
  await flattenedVerify({ protected: header!, payload, signature: signature! }, await importJWK(published, 'EdDSA'));
});

test('the key is made once, for its owner alone; one that is damaged is not replaced', async () => {
  const key = createSigningKey(folder);
  await Promise.all([key.sign('a'), createSigningKey(folder).sign('b')]);
  const path = join(folder, 'keys', 'decisions.jwk');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await createSigningKey(folder).holds('a', await key.sign('a'))).toBe(true);
  writeFileSync(path, '{');
  await expect(createSigningKey(folder).sign('a')).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  expect(readFileSync(path, 'utf8')).toBe('{');
});
