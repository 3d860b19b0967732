import { execFile } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { listen, type Listener } from '#dimse/listener';
import { createCStoreDestination } from '#dimse/destinations/c-store';
import { readHeader } from '#dicom/header';
import type { AgentEvent } from '#domain/event';
import { openCertificates, type CertificateFiles } from '#src/certificates';
import { systemClock } from '#src/clock';
import { createArchive, type TestArchive } from '#test/dicomweb/archive';
import { makeAuthority, type Pair } from '#test/support/certificates';
import { until } from '#test/support/agent-process';
import { makeDicom } from '#test/support/make-dicom';
import { hasProgram, testWith } from '#test/support/peers';
import { dimseSettings } from './listening.ts';

const run = promisify(execFile);
const needs = ['openssl', 'storescu'];
const here = needs.every(hasProgram);
const authorities = here ? [makeAuthority(), makeAuthority()] : [];
let [server, client, stranger]: (Pair | undefined)[] = [];
let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-'));
  file = join(folder, 'object.dcm');
  await writeFile(file, makeDicom({ study: '1.2', series: '1.2.1', sopInstance: '1.2.3.1', frames: [1, 2] }));
  if (!here) return;
  [server, client, stranger] = [
    authorities[0]!.issue('server'),
    authorities[0]!.issue('client'),
    authorities[1]!.issue('stranger'),
  ];
});
afterAll(() => {
  for (const made of [folder, ...authorities.map((authority) => authority.folder)]) rmSync(made, { recursive: true });
});

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Secured {
  readonly listener: Listener;
  readonly archive: TestArchive;
  readonly events: AgentEvent[];
}

async function secured(files: CertificateFiles): Promise<Secured> {
  const archive = await createArchive();
  const events: AgentEvent[] = [];
  const publish = (event: AgentEvent) => void events.push(event);
  const certificates = openCertificates('dimse.tls', files, { publish, everyMs: 50 });
  const { receive } = archive;
  const listener = await listen({ settings: dimseSettings, certificates, receive, publish, clock: systemClock });
  stops.push(archive.remove, certificates.close, listener.close);
  return { listener, archive, events };
}

/** storescu with a certificate of its own, or with none. */
const storescu = ({ port }: Listener, from?: Pair, vouching?: Pair) => {
  const identity = from ? ['+tls', from.keyFile, from.certificateFile] : ['+tla'];
  const trust = ['+cf', (vouching ?? server!).caFile];
  return run('storescu', [...identity, ...trust, '-xe', '-aec', 'APICAL', '127.0.0.1', String(port), file], {
    timeout: 20_000,
  });
};

testWith(needs, 'dcmtk stores over TLS with a certificate that we know', async () => {
  const { listener, archive } = await secured({ ...server!, mutual: true });
  await storescu(listener, client);
  expect(archive.count.kept).toBe(1);
});

testWith(
  needs,
  'a peer without a certificate, with a strange one, or without TLS is refused, and it is told',
  async () => {
    const { listener, archive, events } = await secured({ ...server!, mutual: true });
    await expect(storescu(listener)).rejects.toThrow();
    await expect(storescu(listener, stranger)).rejects.toThrow();
    const plain = run('storescu', ['-xe', '-ta', '3', '-aec', 'APICAL', '127.0.0.1', String(listener.port), file], {
      timeout: 20_000,
    });
    await expect(plain).rejects.toThrow();
    expect(archive.count.opened).toBe(0);
    const told = events.map((event) => ('reason' in event ? event.reason : event.kind));
    expect(told.filter((reason) => reason === 'tls-handshake').length).toBeGreaterThanOrEqual(3);
  },
);

testWith(needs, 'TLS 1.1 is refused, 1.2 and 1.3 are spoken', async () => {
  const { listener, events } = await secured({ ...server!, mutual: false });
  const speak = (version: string) => {
    const options = ['-connect', `127.0.0.1:${listener.port}`, `-${version}`, '-cipher', 'ALL:@SECLEVEL=0'];
    return promisify(execFile)('sh', ['-c', `echo | timeout 10 openssl s_client ${options.join(' ')} 2>&1`]).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
  };
  expect(await speak('tls1_1')).toMatch(/alert protocol version|no protocols available|unsupported protocol/);
  expect(events).toMatchObject([{ kind: 'association-refused', reason: 'tls-handshake' }]);
  expect(await speak('tls1_2')).toMatch(/New, TLSv1\.2, Cipher is ECDHE/);
  expect(await speak('tls1_3')).toMatch(/New, TLSv1\.3, Cipher is TLS_/);
});

testWith(needs, 'changed certificates hold for the next association, and broken ones are passed over', async () => {
  const own = { keyFile: join(folder, 'own.key'), certificateFile: join(folder, 'own.pem'), caFile: server!.caFile };
  const put = (pair: Pair) => {
    copyFileSync(pair.keyFile, own.keyFile);
    copyFileSync(pair.certificateFile, own.certificateFile);
  };
  put(server!);
  const { listener, events } = await secured({ ...own, mutual: false });
  await storescu(listener, client);
  const reloaded = (ok: boolean) => async () =>
    events.some((event) => event.kind === 'certificates-reloaded' && event.ok === ok) ? true : undefined;
  await writeFile(own.keyFile, 'no key');
  await until(reloaded(false), { seconds: 10 });
  await storescu(listener, client); // the one before still holds
  put(stranger!);
  await until(reloaded(true), { seconds: 10 });
  await expect(storescu(listener, client)).rejects.toThrow();
  await storescu(listener, client, stranger);
});

testWith(needs, 'results go to an archive over TLS, and not to one that cannot prove its name', async () => {
  const { listener, archive } = await secured({ ...server!, mutual: true });
  const facts = readHeader(file);
  const deliver = (vouching: Pair) => {
    const certificates = openCertificates(
      'destination',
      { ...client!, caFile: vouching.caFile },
      { publish: () => undefined },
    );
    stops.push(certificates.close);
    const to = { aeTitle: 'APICAL', host: '127.0.0.1', port: listener.port, certificates };
    const destination = createCStoreDestination({ ...to, name: 'pacs', callingAeTitle: 'APICAL', timeoutMs: 10_000 });
    return destination.deliver({ facts } as never, file, new AbortController().signal);
  };
  await deliver(server!);
  expect(archive.count.kept).toBe(1);
  await expect(deliver(stranger!)).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' });
  expect(archive.count.kept).toBe(1);
});

test('a key that cannot be read is a fault of the configuration', () => {
  const open = () =>
    openCertificates(
      'dimse.tls',
      { keyFile: join(folder, 'none'), certificateFile: 'none' },
      { publish: () => undefined },
    );
  expect(open).toThrow(/dimse\.tls cannot be used: ENOENT/);
  expect(() => openCertificates('dimse.tls', { mutual: true }, { publish: () => undefined })).toThrow(
    /caFile is needed/,
  );
});
