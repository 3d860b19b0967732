import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createTokenSource } from '#dicomweb/client/oauth2';
import { createQuery } from '#dicomweb/client/query';
import { createSend } from '#dicomweb/client/service';
import { serve } from './serve.ts';

const quiet = new AbortController().signal;
const unreachable = 'ARCHIVE_UNREACHABLE';

let folder: string;
let secretFile: string;
let server: Awaited<ReturnType<typeof serve>>;
/** What the token service was asked, and what tokens hold good with the archive. */
let asked: { readonly authorization: string; readonly body: string }[];
let valid: Set<string>;
let answer: (count: number) => { readonly status: number; readonly body: unknown };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oauth2-'));
  secretFile = join(folder, 'secret');
  await writeFile(secretFile, 's3:cret/é\n');
  [asked, valid] = [[], new Set()];
  answer = (count) => ({ status: 200, body: { access_token: `t${count}`, token_type: 'Bearer', expires_in: 3600 } });
  server = await serve((app) =>
    app.use(async (context) => {
      if (context.path === '/token') {
        const chunks: Buffer[] = [];
        for await (const chunk of context.req) chunks.push(chunk as Buffer);
        asked.push({ authorization: context.get('Authorization'), body: Buffer.concat(chunks).toString() });
        const { status, body } = answer(asked.length);
        if (status === 200) valid.add(`t${asked.length}`);
        context.status = status;
        context.body = JSON.stringify(body);
        return;
      }
      context.status = valid.has(context.get('Authorization').replace('Bearer ', '')) ? 200 : 401;
      context.body = '[]';
    }),
  );
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

function client(scope?: string) {
  const tokens = createTokenSource({
    tokenUrl: `${server.url}/token`,
    clientId: 'apical',
    clientSecretFile: secretFile,
    scope,
  });
  const url = `${server.url}/dicom-web`;
  const send = createSend(
    { name: 'PACS', url, authorization: { kind: 'oauth2', tokens }, timeoutMs: 5000 },
    unreachable,
  );
  const query = createQuery('PACS', send, { unreachable, unusable: 'ARCHIVE_ANSWER_UNUSABLE' });
  return () => query.studies({}, quiet);
}

test('a token is fetched with our credentials and used for as long as it holds', async () => {
  const search = client('dicom.read');
  for (const _ of [1, 2, 3]) await search();
  expect(asked).toEqual([
    {
      authorization: `Basic ${Buffer.from('apical:s3%3Acret%2F%C3%A9').toString('base64')}`,
      body: 'grant_type=client_credentials&scope=dicom.read',
    },
  ]);
});

test('many requests at once need one token', async () => {
  const search = client();
  await Promise.all([search(), search(), search()]);
  expect(asked).toHaveLength(1);
});

test('a token that has nearly ended is fetched anew, one without an end lasts', async () => {
  answer = (count) => ({ status: 200, body: { access_token: `t${count}`, expires_in: 30 } });
  const short = client();
  for (const _ of [1, 2]) await short();
  expect(asked).toHaveLength(2);
  answer = (count) => ({ status: 200, body: { access_token: `t${count}` } });
  const long = client();
  for (const _ of [1, 2]) await long();
  expect(asked).toHaveLength(3);
});

test('a token that was withdrawn fails one request, and the next fetches another', async () => {
  const search = client();
  await search();
  valid.clear();
  await expect(search()).rejects.toMatchObject({ code: unreachable, detail: expect.stringContaining('token') });
  await search();
  expect(asked).toHaveLength(2);
});

test.each<[string, number, unknown]>([
  ['a wrong secret', 401, { error: 'invalid_client', error_description: 'secret s3cret is wrong' }],
  ['a service in trouble', 503, 'no JSON'],
  ['an answer without a token', 200, { token_type: 'Bearer' }],
])('%s is a fault that may pass, told without what the service said', async (_, status, body) => {
  answer = () => ({ status, body });
  const said = await client()().catch((error: unknown) => error as { code: string; detail: string });
  expect(said).toMatchObject({ code: unreachable, detail: expect.stringContaining(`status ${status}`) });
  expect((said as { detail: string }).detail).not.toContain('cret');
});

test('a secret file that is not there is named', async () => {
  await rm(secretFile);
  await expect(client()()).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
});
