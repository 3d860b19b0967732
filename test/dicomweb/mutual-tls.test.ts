import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createQuery } from '#dicomweb/client/query';
import { createSend } from '#dicomweb/client/service';
import { createStowDestination } from '#dicomweb/destinations/stow-rs';
import { openCertificates } from '#src/certificates';
import { makeAuthority, type Pair } from '#test/support/certificates';
import { anInstance } from '#test/support/instances';
import { hasProgram, testWith } from '#test/support/peers';

// An archive behind HTTPS that wants to know who asks, by certificate.

const result = anInstance('result');
const stored = { '00081199': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: [result.facts.sopInstance] } }] } };
const quiet = new AbortController().signal;
const needs = ['openssl'];

let ours: ReturnType<typeof makeAuthority>;
let theirs: ReturnType<typeof makeAuthority>;
let [server, client, renewed, stranger]: (Pair | undefined)[] = [];
let archive: Server;
let path: string;
/** Common names of those who were let in, and how many bytes they sent. */
const visitors: string[] = [];
const closers: (() => void)[] = [];

beforeAll(async () => {
  if (!needs.every(hasProgram)) return;
  [ours, theirs] = [makeAuthority(), makeAuthority()];
  [server, client, renewed] = ['server', 'client', 'renewed'].map((name) => ours.issue(name));
  stranger = theirs.issue('stranger');
  path = join(ours.folder, 'result.dcm');
  await writeFile(path, Buffer.alloc(300_000, 'DICM'));
  const read = (file: string) => readFileSync(file);
  const { keyFile, certificateFile, caFile } = server!;
  const tls = { key: read(keyFile), cert: read(certificateFile), ca: read(caFile) };
  archive = createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      visitors.push(`${String(subject.CN)} ${bytes > 300_000 ? 'sent' : 'asked'}`);
      if (request.url?.startsWith('/moved')) {
        response.statusCode = 302;
        response.setHeader('Location', 'https://localhost:1/');
      }
      response.setHeader('Content-Type', 'application/dicom+json');
      response.end(JSON.stringify(request.method === 'POST' ? stored : [{}]));
    });
  }).listen(0, '127.0.0.1');
  await once(archive, 'listening');
}, 30_000);
afterEach(() => {
  for (const close of closers.splice(0)) close();
  visitors.length = 0;
});
afterAll(() => {
  archive?.close();
  for (const authority of [ours, theirs]) if (authority) rmSync(authority.folder, { recursive: true });
});

const open = (files: Partial<Pair>, events: unknown[] = []) => {
  const certificates = openCertificates('tls', files, { publish: (event) => void events.push(event), everyMs: 20 });
  closers.push(certificates.close);
  return certificates;
};
const settings = (files: Partial<Pair>, resource = '') => ({
  name: 'PACS',
  url: `https://127.0.0.1:${(archive.address() as AddressInfo).port}${resource}/dicom-web`,
  authorization: { kind: 'none' as const },
  timeoutMs: 5000,
  certificates: open(files),
});
const deliver = (files: Partial<Pair>) => createStowDestination(settings(files)).deliver(result, path, quiet);

testWith(needs, 'results are sent, and searches made, with our own certificate', async () => {
  await deliver(client!);
  const send = createSend(settings(client!), 'ARCHIVE_UNREACHABLE');
  const faults = { unreachable: 'ARCHIVE_UNREACHABLE', unusable: 'ARCHIVE_ANSWER_UNUSABLE' } as const;
  expect(await createQuery('PACS', send, faults).studies({}, quiet)).toHaveLength(1);
  expect(visitors).toEqual(['client sent', 'client asked']);
});

testWith(
  needs,
  'without a certificate, with one that the archive does not know, or to one that we do not, nothing goes',
  async () => {
    const { caFile } = client!;
    const attempts: Partial<Pair>[] = [{ caFile }, { ...stranger!, caFile }, { ...client!, caFile: stranger!.caFile }];
    for (const files of attempts)
      await expect(deliver(files)).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' });
    expect(visitors).toEqual([]);
  },
);

testWith(needs, 'a renewed certificate is shown from the next request on', async () => {
  const own = { keyFile: join(ours.folder, 'own.key'), certificateFile: join(ours.folder, 'own.pem') };
  const put = (pair: Pair) => {
    copyFileSync(pair.certificateFile, own.certificateFile);
    copyFileSync(pair.keyFile, own.keyFile);
  };
  put(client!);
  const events: { readonly ok?: boolean }[] = [];
  const certificates = open({ ...own, caFile: client!.caFile }, events);
  const pacs = createStowDestination({ ...settings(client!), certificates });
  await pacs.deliver(result, path, quiet);
  const changed = Promise.withResolvers<void>();
  certificates.onChange(changed.resolve);
  put(renewed!);
  await changed.promise;
  await pacs.deliver(result, path, quiet);
  expect(visitors).toEqual(['client sent', 'renewed sent']);
});

testWith(needs, 'nobody is followed elsewhere', async () => {
  const pacs = createStowDestination(settings(client!, '/moved'));
  await expect(pacs.deliver(result, path, quiet)).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
    detail: expect.stringContaining('sends us elsewhere'),
  });
});

test('certificates for an address without TLS are a fault of the configuration', () => {
  const plain = { name: 'PACS', url: 'http://127.0.0.1:1', authorization: { kind: 'none' as const }, timeoutMs: 1 };
  expect(() => createStowDestination({ ...plain, certificates: open({}) })).toThrow(/does not begin with https/);
});
