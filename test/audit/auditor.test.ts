import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AgentEvent } from '#domain/event';
import { createAuditor, type Auditor } from '#audit/auditor';
import { openAuditSpool } from '#audit/spool';
import type { AuditRepository } from '#audit/transport';
import { openCertificates } from '#src/certificates';
import { systemClock } from '#src/clock';
import { until } from '#test/support/agent-process';
import { makeAuthority, type Pair } from '#test/support/certificates';
import { hasProgram, testWith } from '#test/support/peers';
import { read, faultsOf } from './judge.ts';
import { startSink } from './sink.ts';

const authority = hasProgram('openssl') ? makeAuthority() : undefined;
const [server, client] = ['server', 'client'].map((name) => authority?.issue(name)) as [Pair, Pair];
const stranger = hasProgram('openssl') ? makeAuthority() : undefined;
afterAll(() => {
  for (const made of [authority, stranger]) if (made) rmSync(made.folder, { recursive: true });
});

let folder: string;
const stops: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'apical-audit-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  rmSync(folder, { recursive: true });
});

const doors = {
  ledger: { instance: async () => undefined, instances: async () => [] },
  self: { name: 'APICAL', address: 'agent.example' },
  nodeOf: (name: string) => ({ name, address: name }),
};

function auditing(repository: Pick<AuditRepository, 'port' | 'protocol'>, { pair = client, recordsMax = 100 } = {}) {
  const events: AgentEvent[] = [];
  const publish = (event: AgentEvent) => void events.push(event);
  const certificates = pair && openCertificates('audit.tls', pair, { publish });
  if (certificates) stops.push(certificates.close);
  const auditor: Auditor = createAuditor(
    {
      repository: { ...repository, host: '127.0.0.1', timeoutMs: 5000, certificates },
      source: { sourceId: 'Apical' },
      sender: { host: 'agent.example', processId: 7 },
      gatherMs: 0,
      backOffFirstMs: 20,
      backOffMaxMs: 50,
    },
    { spool: openAuditSpool(folder, recordsMax), clock: systemClock, publish },
  );
  stops.push(auditor.close);
  return { auditor, events };
}

const refusal: AgentEvent = { kind: 'login-refused', address: '10.1.1.1', reason: 'wrong login' };

testWith(['openssl'], 'a message comes over TLS, framed and with the header of RFC 5424', async () => {
  const sink = await startSink(server);
  stops.push(sink.stop);
  const { auditor, events } = auditing({ protocol: 'tls', port: sink.port });
  auditor.record(refusal);
  auditor.begin(doors);
  await until(async () => sink.messages[0], { seconds: 20, what: 'a message' });
  const [header, body] = sink.messages[0]!.split(' \ufeff') as [string, string];
  expect(header).toMatch(/^<85>1 \d{4}-\d\d-\d\dT[\d:.]+Z agent\.example apical 7 DICOM\+RFC3881 -$/);
  expect(faultsOf(read(body))).toEqual([]);
  expect(['TLSv1.2', 'TLSv1.3']).toContain(sink.protocols[0]);
  await until(async () => events.find(({ kind }) => kind === 'audit-told'), { seconds: 10, what: 'the event' });
  expect(events).toEqual([{ kind: 'audit-told', messages: 1, waiting: 0 }]);
});

testWith(
  ['openssl'],
  'what happens while the server is away is told when it is back, once, and over a restart',
  async () => {
    const away = await startSink(server);
    await away.stop();
    const first = auditing({ protocol: 'tls', port: away.port });
    first.auditor.begin(doors);
    first.auditor.record(refusal);
    await until(async () => (first.events.length > 1 ? true : undefined), { seconds: 20, what: 'failures' });
    expect(first.events[0]).toMatchObject({ kind: 'audit-failed', code: 'DESTINATION_UNREACHABLE', waiting: 1 });
    await first.auditor.close();
    const sink = await startSink(server, { port: away.port });
    stops.push(sink.stop);
    const second = auditing({ protocol: 'tls', port: sink.port });
    second.auditor.record({ kind: 'stopping' });
    second.auditor.begin(doors);
    await until(async () => (sink.messages.length === 2 ? true : undefined), { seconds: 20, what: 'both' });
    await second.auditor.close();
    expect(sink.messages).toHaveLength(2);
  },
);

testWith(['openssl'], 'a server that cuts the connection has not been told, and is told again', async () => {
  const sink = await startSink(server, { cutFirst: true });
  stops.push(sink.stop);
  const { auditor, events } = auditing({ protocol: 'tls', port: sink.port });
  auditor.record(refusal);
  auditor.begin(doors);
  await until(async () => events.find(({ kind }) => kind === 'audit-told'), { seconds: 20, what: 'the telling' });
  expect(events.map(({ kind }) => kind)).toEqual(['audit-failed', 'audit-told']);
  expect(sink.messages).toHaveLength(1);
});

testWith(['openssl'], 'a server that another authority vouches for is told nothing', async () => {
  const sink = await startSink(stranger!.issue('server'));
  stops.push(sink.stop);
  const { auditor, events } = auditing({ protocol: 'tls', port: sink.port });
  auditor.record(refusal);
  auditor.begin(doors);
  await until(async () => events[0], { seconds: 20, what: 'a failure' });
  expect(events[0]).toMatchObject({ kind: 'audit-failed', waiting: 1 });
  expect(sink.messages).toEqual([]);
});

test('by UDP a message is a datagram', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  stops.push(() => socket.close());
  const received = once(socket, 'message');
  const { auditor } = auditing({ protocol: 'udp', port: socket.address().port });
  auditor.record(refusal);
  auditor.begin(doors);
  const [datagram] = (await received) as [Buffer];
  expect(datagram.toString()).toMatch(/^<85>1 .* DICOM\+RFC3881 - \ufeff<\?xml/);
});

test('the spool is for its owner, outlives its process, and lets the oldest give way', () => {
  const spool = openAuditSpool(folder, 3);
  expect(statSync(join(folder, 'audit.sqlite')).mode & 0o777).toBe(0o600);
  const put = (at: number) => spool.put(at, { kind: 'application', type: 'start' });
  expect([1, 2, 3, 4].map(put)).toEqual([0, 0, 0, 1]);
  spool.close();
  const again = openAuditSpool(folder, 3);
  expect(again.oldest(10).map(({ at }) => at)).toEqual([2, 3, 4]);
  again.remove(again.oldest(2));
  expect(again.oldest(10).map(({ at }) => at)).toEqual([4]);
  expect(again.size()).toBe(1);
  again.close();
});

test('what had to give way is said', async () => {
  const { auditor, events } = auditing({ protocol: 'udp', port: 9 }, { recordsMax: 1 });
  for (let time = 0; time < 3; time += 1) auditor.record(refusal);
  await auditor.close();
  expect(events).toEqual([{ kind: 'audit-lost', records: 2 }]);
  auditor.record(refusal); // the spool is closed: whoever publishes does not suffer
});
