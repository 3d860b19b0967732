import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createStowDestination } from '#dicomweb/destinations/stow-rs';
import { anInstance } from '#test/support/instances';
import { serve } from './serve.ts';

// An archive that speaks Storage Commitment as PS3.18 section 13 has it; no foreign one does so far.

const result = anInstance('result');
const { sopClass, sopInstance } = result.facts;
const quiet = new AbortController().signal;
const reference = { '00081150': { vr: 'UI', Value: [sopClass] }, '00081155': { vr: 'UI', Value: [sopInstance] } };
const sequence = (tag: string, item: object) => ({ [tag]: { vr: 'SQ', Value: [item] } });
const committed = sequence('00081199', reference);
const failed = (reason: number) => sequence('00081198', { ...reference, '00081197': { vr: 'US', Value: [reason] } });

interface Answered {
  readonly status: number;
  readonly body?: unknown;
}

let folder: string;
let path: string;
let server: Awaited<ReturnType<typeof serve>>;
/** What the archive will say to the next requests, in order; the transactions that it knows; what it was asked. */
let answers: Answered[];
let transactions: Map<string, unknown>;
let asked: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stow-commitment-'));
  path = join(folder, 'result.dcm');
  await writeFile(path, Buffer.alloc(1000, 'DICM'));
  [answers, transactions, asked] = [[], new Map(), []];
  server = await serve((app) =>
    app.use(async (context) => {
      const chunks: Buffer[] = [];
      for await (const chunk of context.req) chunks.push(chunk as Buffer);
      const [, , resource, transaction = ''] = context.path.split('/');
      asked.push(`${context.method} ${resource}`);
      if (resource === 'studies') return void (context.body = JSON.stringify(committed));
      if (context.method === 'POST' && transactions.has(transaction)) return void (context.status = 409);
      if (context.method === 'POST') transactions.set(transaction, JSON.parse(Buffer.concat(chunks).toString()));
      const { status, body } = answers.shift() ?? { status: 503 };
      context.status = status;
      if (status === 202) context.set('Retry-After', '0');
      if (body !== undefined) context.body = JSON.stringify(body);
      return undefined;
    }),
  );
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const destination = () =>
  createStowDestination({
    name: 'PACS',
    url: `${server.url}/dicom-web`,
    authorization: { kind: 'none' },
    timeoutMs: 5000,
    commitment: true,
    commitmentMs: 5000,
  });
const deliver = (to = destination()) => to.deliver(result, path, quiet);

test('an instance is delivered once the archive commits to it, which is said with it', async () => {
  answers = [{ status: 200, body: committed }];
  expect(await deliver()).toEqual({ kind: 'proved', proof: 'committed' });
  expect([...transactions.values()]).toEqual([[sequence('00081199', reference)]]);
  expect([...transactions.keys()]).toEqual([expect.stringMatching(/^2\.25\.\d+$/)]);
});

test('an archive that is still at work is asked for the result', async () => {
  answers = [{ status: 202 }, { status: 202 }, { status: 200, body: [committed] }];
  await deliver();
  expect(asked).toEqual([
    'POST studies',
    'POST commitment-requests',
    'GET commitment-requests',
    'GET commitment-requests',
  ]);
});

test('an agent that was started anew has the answer that was on its way', async () => {
  answers = [{ status: 503 }];
  await expect(deliver()).rejects.toMatchObject({ code: 'DESTINATION_BUSY' });
  answers = [{ status: 200, body: committed }];
  await deliver(destination()); // it knows nothing of before
  expect(asked.slice(2)).toEqual(['POST studies', 'POST commitment-requests', 'GET commitment-requests']);
  expect(transactions.size).toBe(1);
});

test('what the archive does not have is sent again and asked about in a new transaction', async () => {
  answers = [{ status: 200, body: failed(0x0112) }];
  const pacs = destination();
  await expect(deliver(pacs)).rejects.toMatchObject({
    code: 'DESTINATION_BUSY',
    detail: expect.stringContaining('0112H'),
  });
  answers = [
    { status: 200, body: failed(0x0112) }, // to the question of before
    { status: 200, body: committed },
  ];
  await deliver(pacs);
  expect(asked.filter((line) => line === 'POST studies')).toHaveLength(2);
  expect(transactions.size).toBe(2);
});

test('while the archive says nothing, it is asked again and not sent again', async () => {
  const pacs = destination();
  for (const _ of [1, 2]) await expect(deliver(pacs)).rejects.toMatchObject({ code: 'DESTINATION_BUSY' });
  expect(asked.filter((line) => line === 'POST studies')).toHaveLength(1);
});

test.each<[string, Answered, string]>([
  ['that offers no commitment', { status: 404 }, 'DESTINATION_REFUSED'],
  ['that never commits to such objects', { status: 200, body: failed(0x0122) }, 'DESTINATION_REFUSED'],
  ['that speaks of another instance only', { status: 200, body: sequence('00081199', {}) }, 'DESTINATION_BUSY'],
  ['that answers with no JSON', { status: 200, body: '<html>' }, 'DESTINATION_BUSY'],
])('an archive %s has not delivered', async (_, answer, code) => {
  answers = [answer];
  await expect(deliver()).rejects.toMatchObject({ code });
});
