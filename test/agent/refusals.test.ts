import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sendInstances } from '#dimse/storage-scu';
import { associateRequest, data, echoCommand, rawPeer } from '#test/dimse/raw-peer';
import { startAgentProcess, until, type AgentProcess } from '#test/support/agent-process';
import { makeAuthority, type Pair } from '#test/support/certificates';
import { makeDicom } from '#test/support/make-dicom';
import { startOpenIdProvider, type OpenIdProvider } from '#test/support/open-id-provider';
import { hasProgram, isRequired } from '#test/support/peers';
import { deflateBomb, deflated, nestedDeep } from './hostile-objects.ts';

// What nobody may do, done to an agent that others can reach: each deed is refused, says so in the log, and counts in a
// metric of its own. What a script in a patient's name comes to is shown in hostile.test.ts, in a browser.

const folder = mkdtempSync(join(tmpdir(), 'apical-refusals-'));
const usMultiframe = '1.2.840.10008.5.1.4.1.1.3.1';
const explicitLittleEndian = '1.2.840.10008.1.2.1';

let agent: AgentProcess;
let provider: OpenIdProvider;
let authorities: ReturnType<typeof makeAuthority>[] = [];
let [client, stranger]: Pair[] = [];
let token: string;
const sockets: Socket[] = [];

const refusedAssociation = (reason: string) => `apical_associations_refused_total{reason="${reason}"}`;
const abortedAssociation = (cause: string) => `apical_associations_aborted_total{cause="${cause}"}`;
const refusedRequest = (code: string) => `apical_http_requests_refused_total{code="${code}"}`;
const refusedObject = (code: string) => `apical_instances_refused_total{by="c-store",code="${code}"}`;

const isHere = hasProgram('openssl') || isRequired;
const describeHere = isHere ? describe : describe.skip;

describeHere('what nobody may do', () => {
  beforeAll(async () => {
    authorities = [makeAuthority(), makeAuthority()];
    const server = authorities[0]!.issue('server');
    client = authorities[0]!.issue('client');
    stranger = authorities[1]!.issue('stranger');
    provider = await startOpenIdProvider();
    const { issuer } = provider;
    agent = await startAgentProcess(
      {
        log: { level: 'info' },
        dimse: { port: 0, tls: server, callingAeTitles: ['SENDER'], firstPduMs: 1500, idleMs: 1500 },
        http: {
          port: 0,
          host: '0.0.0.0',
          tls: { ...server, mutual: false },
          auth: { kind: 'oidc', issuer, audience: 'apical' },
          headersMs: 1500,
          requestBytesMax: 200_000,
          requestSilenceMs: 1500,
        },
        assessment: { quietPeriodMs: 300 },
      },
      { dataFolder: join(folder, 'data') },
    );
    token = await provider.token(['act']);
  }, 90_000);

  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await agent.kill('SIGTERM');
    provider.close();
    for (const made of [folder, ...authorities.map((each) => each.folder)]) rmSync(made, { recursive: true });
  });

  /** Resolves when the deed is done; it throws where the deed was not refused. */
  const deeds: readonly (readonly [deed: string, act: () => Promise<unknown>, logged: RegExp, counted: string])[] = [
    ['TLS 1.1 at the DICOM door', () => shakeHands(dimsePort(), { ...identity(client!), ...old }), /association-refused.*tls-handshake|tls-handshake.*association-refused/, refusedAssociation('tls-handshake')],
    ['TLS 1.1 at the page', () => shakeHands(pagePort(), old), /request-refused/, refusedRequest('tls-handshake')],
    ['a certificate of others', () => associate(identity(stranger!)), /tls-handshake/, refusedAssociation('tls-handshake')],
    ['no certificate', () => associate({}), /tls-handshake/, refusedAssociation('tls-handshake')],
    ['no TLS', speakPlainly, /tls-handshake/, refusedAssociation('tls-handshake')],
    ['an AE title that nobody knows', () => store('1', object('1'), { callingAeTitle: 'STRANGER' }), /calling-ae-title-not-recognized/, refusedAssociation('calling-ae-title-not-recognized')],
    ['an AE title that is not ours', () => store('1', object('1'), { aeTitle: 'OTHER' }), /called-ae-title-not-recognized/, refusedAssociation('called-ae-title-not-recognized')],
    ['no token', () => ask({ path: '/api/studies', headers: {} }, 401), /UNAUTHENTICATED/, refusedRequest('UNAUTHENTICATED')],
    ['a forged token', async () => ask({ path: '/api/studies', headers: bearer(await provider.token(['administer'], { isForged: true })) }, 401), /wrong login/, 'apical_http_logins_refused_total{reason="wrong login"}'],
    ['a role that does not allow it', async () => ask({ path: '/api/demonstration', method: 'POST', headers: bearer(await provider.token(['read'])) }, 403), /not allowed to act/, 'apical_http_logins_refused_total{reason="not allowed to act"}'],
    ['a path that climbs', () => ask({ path: '/page/../../../package.json' }, 404), /"code":"NOT_FOUND"/, refusedRequest('NOT_FOUND')],
    ['an encoded path that climbs', () => ask({ path: '/dicom-web/studies/%2e%2e%2f%2e%2e%2fetc%2fpasswd' }, 400), /"code":"REQUEST_INVALID"/, refusedRequest('REQUEST_INVALID')],
    ['a body without end', storeWithoutEnd, /OBJECT_TOO_LARGE/, refusedRequest('OBJECT_TOO_LARGE')],
    ['a body that stops coming', () => storeAndFallSilent(), /REQUEST_INVALID/, refusedRequest('REQUEST_INVALID')],
    ['a deflate bomb', () => store('2', deflateBomb(object('2'), uidsOf('2').sopInstance), { transferSyntax: deflated }), /OBJECT_UNREADABLE/, refusedObject('OBJECT_UNREADABLE')],
    ['a sequence nested 10,000 deep', () => store('3', nestedDeep(makeDicom(uidsOf('3')))), /OBJECT_UNREADABLE/, refusedObject('OBJECT_UNREADABLE')],
    ['65,535 x 65,535 pixels in a small file', storeHugePixels, /"outcome":"undecodable"/, 'apical_clips_read_total{outcome="undecodable"}'],
    ['a connection to the DICOM door that says nothing and stays half open', () => sayNothing(dimsePort(), identity(client!)), /firstPduMs/, abortedAssociation('firstPduMs')],
    ['an association of which a byte comes now and then', drip, /idleMs/, abortedAssociation('idleMs')],
    ['a connection to the page that says nothing and stays half open', () => sayNothing(pagePort(), {}), /too-slow/, refusedRequest('too-slow')],
    ['a header field of which a byte comes now and then', dripToThePage, /too-slow/, refusedRequest('too-slow')],
  ]; // prettier-ignore

  test.each(deeds)(
    '%s is refused, logged and counted',
    async (_deed, act, logged, counted) => {
      const [lines, before] = [agent.log().length, await valueOf(counted)];
      await act();
      const said = async () => (logged.test(agent.log().slice(lines)) ? true : undefined);
      await until(said, { seconds: 30, what: `a line like ${String(logged)}` });
      const more = async () => ((await valueOf(counted)) > before ? true : undefined);
      await until(more, { seconds: 10, what: counted });
    },
    60_000,
  );

  test('and who may, still may', async () => {
    expect(await sendObject('9', object('9'))).toBe(0);
    await ask({ path: '/api/studies' }, 200);
  });
});

const dimsePort = () => agent.dimse.port;
const pagePort = () => Number(new URL(agent.page).port);
const old: ConnectionOptions = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' };
const bearer = (given: string) => ({ Authorization: `Bearer ${given}` });

function identity({ keyFile, certificateFile }: Pair): { key: Buffer; cert: Buffer } {
  return { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
}

const uidsOf = (name: string) => ({
  study: `1.2.6.${name}`,
  series: `1.2.6.${name}.1`,
  sopInstance: `1.2.6.${name}.1.1`,
});
const object = (name: string, more = {}) => makeDicom({ ...uidsOf(name), frames: Array<number>(12).fill(9), more });

async function valueOf(counted: string): Promise<number> {
  const text = await ask({ path: '/metrics' }, 200);
  const line = text.split('\n').find((each) => each.startsWith(`${counted} `));
  return Number(line?.slice(counted.length) ?? 0);
}

/** Asks the page, by default with a good token, and holds the answer to a status. */
async function ask(options: RequestOptions, status: number): Promise<string> {
  const ca = readFileSync(client!.caFile);
  const to = { host: '127.0.0.1', port: pagePort(), ca, agent: false as const, headers: bearer(token), ...options };
  const [response] = (await once(request(to).end(), 'response')) as [AsyncIterable<Buffer> & { statusCode: number }];
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  expect(response.statusCode).toBe(status);
  return Buffer.concat(pieces).toString();
}

function open(port: number, options: ConnectionOptions): Socket {
  const socket = connect({ port, host: '127.0.0.1', ca: readFileSync(client!.caFile), allowHalfOpen: true, ...options } as ConnectionOptions); // prettier-ignore
  sockets.push(socket.on('error', () => undefined).resume());
  return socket;
}

const ended = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => socket.once('end', resolve).once('close', resolve).once('error', resolve));

async function shakeHands(port: number, options: ConnectionOptions): Promise<void> {
  const socket = open(port, options);
  const outcome = await Promise.race([ended(socket), once(socket, 'secureConnect').then(() => 'shaken')]);
  expect(outcome).not.toBe('shaken');
}

/** In TLS 1.3 a client without a good certificate learns so only once it has shaken hands: it is never answered. */
async function associate(options: ConnectionOptions): Promise<void> {
  const socket = open(dimsePort(), options);
  socket.pause();
  const peer = rawPeer(socket);
  peer.say(associateRequest());
  expect(await peer.hear()).toBeUndefined();
}

async function speakPlainly(): Promise<void> {
  const socket = connectPlain({ port: dimsePort(), host: '127.0.0.1' }).on('error', () => undefined);
  sockets.push(socket);
  const peer = rawPeer(socket);
  peer.say(associateRequest());
  const heard = await peer.hear();
  expect(heard?.type).not.toBe(2); // A-ASSOCIATE-AC
}

interface Sending {
  readonly transferSyntax?: string;
  readonly callingAeTitle?: string;
  readonly aeTitle?: string;
}

/** The status that the object was answered with. */
async function sendObject(name: string, bytes: Buffer, how: Sending = {}): Promise<number | undefined> {
  const { transferSyntax = explicitLittleEndian, callingAeTitle = 'SENDER', aeTitle = agent.dimse.aeTitle } = how;
  const path = join(folder, `${name}.dcm`);
  writeFileSync(path, bytes);
  const certificates = {
    options: () => ({ ...identity(client!), ca: readFileSync(client!.caFile) }),
    onChange: () => undefined,
  };
  const to = { aeTitle, host: '127.0.0.1', port: dimsePort(), certificates };
  const files = [{ path, sopClass: usMultiframe, sopInstance: uidsOf(name).sopInstance, transferSyntax }];
  const signal = new AbortController().signal;
  const [sent] = await sendInstances({ files, to, callingAeTitle, timeoutMs: 30_000, signal });
  return sent?.status;
}

async function store(name: string, bytes: Buffer, how: Sending = {}): Promise<void> {
  const status = await sendObject(name, bytes, how).catch(() => 'turned away');
  expect([0xc000, 'turned away']).toContain(status);
}

async function storeHugePixels(): Promise<void> {
  const huge = object('4', { Rows: 65_535, Columns: 65_535 });
  expect(huge.length).toBeLessThan(10_000);
  expect(await sendObject('4', huge)).toBe(0); // it is an object: kept, and no clip
}

async function beginStow(): Promise<Socket> {
  const socket = open(pagePort(), {});
  await once(socket, 'secureConnect');
  const type = 'multipart/related; type="application/dicom"; boundary=b';
  const fields = [`Authorization: Bearer ${token}`, `Content-Type: ${type}`, 'Transfer-Encoding: chunked'];
  socket.write(['POST /dicom-web/studies HTTP/1.1', 'Host: localhost', ...fields, '', ''].join('\r\n'));
  sendChunk(socket, Buffer.from('--b\r\nContent-Type: application/dicom\r\n\r\n'));
  return socket;
}

function sendChunk(socket: Socket, chunk: Buffer): void {
  socket.write(Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]));
}

async function storeWithoutEnd(): Promise<void> {
  const socket = await beginStow();
  const sending = setInterval(() => sendChunk(socket, Buffer.alloc(50_000)), 10);
  await ended(socket);
  clearInterval(sending);
}

async function storeAndFallSilent(): Promise<void> {
  await ended(await beginStow());
}

async function sayNothing(port: number, options: ConnectionOptions): Promise<void> {
  const socket = open(port, options);
  await once(socket, 'secureConnect');
  await ended(socket); // the other side is done with us, though ours stays open
}

async function drip(): Promise<void> {
  const socket = open(dimsePort(), identity(client!));
  socket.pause();
  const peer = rawPeer(socket);
  peer.say(associateRequest());
  expect((await peer.hear())?.type).toBe(2);
  await dripping(socket, data(1, 3, echoCommand(1)));
}

async function dripToThePage(): Promise<void> {
  const socket = open(pagePort(), {});
  await once(socket, 'secureConnect');
  await dripping(socket, Buffer.from(`GET /health HTTP/1.1\r\nX: ${'x'.repeat(200)}`));
}

async function dripping(socket: Socket, bytes: Buffer): Promise<void> {
  let said = 0;
  const over = ended(socket.resume());
  const saying = setInterval(() => socket.write(bytes.subarray(said, (said += 1))), 100);
  await over;
  clearInterval(saying);
  expect(said).toBeGreaterThan(1);
}
