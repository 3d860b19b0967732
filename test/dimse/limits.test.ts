import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { schema } from '#config/schema';
import type { DimseSettings } from '#dimse/listener';
import { sendInstances } from '#dimse/storage-scu';
import { AgentError } from '#domain/errors';
import { createMetrics } from '#http/metrics';
import type { Receive } from '#src/ports';
import { makeDicom } from '#test/support/make-dicom';
import { startListening, type Listening } from './listening.ts';
import {
  associateRequest,
  connectRaw,
  data,
  echoCommand,
  explicitLittleEndian,
  hex,
  implicitLittleEndian,
  usMultiframe,
  verificationClass,
  type RawPeer,
} from './raw-peer.ts';

// Every limit: its setting, what goes beyond it, and the line of the metrics that counts it.

interface Beyond {
  readonly setting: keyof DimseSettings;
  readonly settings?: Partial<DimseSettings>;
  readonly act: (there: { connect(): Promise<RawPeer>; associate(): Promise<RawPeer> } & Listening) => Promise<unknown>;
  readonly counted: string;
}

const overMany = 'apical_associations_refused_total{reason="local-limit-exceeded"}';
const aborted = (cause: string) => `apical_associations_aborted_total{cause="${cause}"}`;
const refused = (reason: string) => `apical_associations_refused_total{reason="${reason}"}`;

const beyond: readonly Beyond[] = [
  {
    setting: 'pduLengthMax',
    act: async ({ associate }) => (await associate()).say(hex('04 00 00004001')), // one byte more than 16,384
    counted: aborted('pduLengthMax'),
  },
  {
    setting: 'commandBytesMax',
    settings: { commandBytesMax: 100 },
    act: async ({ associate }) => (await associate()).say(data(1, 1, Buffer.alloc(101))),
    counted: aborted('commandBytesMax'),
  },
  {
    setting: 'contextsMax',
    settings: { contextsMax: 2 },
    act: async ({ connect }) =>
      (await connect()).say(
        associateRequest({
          contexts: [
            [1, verificationClass, implicitLittleEndian],
            [3, usMultiframe, implicitLittleEndian],
            [5, usMultiframe, explicitLittleEndian],
          ],
        }),
      ),
    counted: aborted('contextsMax'),
  },
  {
    setting: 'firstPduMs',
    async act({ connect, clock }) {
      await connect();
      await turn();
      clock.advance(10_001);
    },
    counted: aborted('firstPduMs'),
  },
  {
    setting: 'idleMs',
    async act({ associate, clock }) {
      await associate();
      clock.advance(60_001);
    },
    counted: aborted('idleMs'),
  },
  {
    setting: 'idleMs', // a byte every ten seconds buys no time
    async act({ associate, clock }) {
      const peer = await associate();
      for (const byte of data(1, 3, echoCommand(1)).subarray(0, 8)) {
        peer.say(Buffer.from([byte]));
        for (let turns = 0; turns < 5; turns += 1) await turn();
        clock.advance(10_000);
      }
    },
    counted: aborted('idleMs'),
  },
  {
    setting: 'associationMs',
    settings: { associationMs: 90_000 },
    async act({ associate, clock }) {
      const peer = await associate();
      for (let spent = 0; spent <= 90_000; spent += 30_000) {
        peer.say(data(1, 3, echoCommand(1)));
        await peer.hear();
        clock.advance(30_000);
      }
    },
    counted: aborted('associationMs'),
  },
  { setting: 'associationsMax', settings: { associationsMax: 1 }, act: twoAtOnce, counted: overMany },
  { setting: 'associationsPerPeerMax', settings: { associationsPerPeerMax: 1 }, act: twoAtOnce, counted: overMany },
  {
    setting: 'associationsPerPeerMax', // far beyond, nobody is even answered
    settings: { associationsPerPeerMax: 1 },
    act: ({ connect }) => Promise.all([connect(), connect(), connect()]),
    counted: refused('too-many-connections'),
  },
  {
    setting: 'addresses',
    settings: { addresses: ['10.0.0.0/8', '2001:db8::1'] },
    act: ({ connect }) => connect(),
    counted: refused('address-not-allowed'),
  },
  {
    setting: 'callingAeTitles',
    settings: { callingAeTitles: ['ECHO1'] },
    act: async ({ connect }) => (await connect()).say(associateRequest()),
    counted: refused('calling-ae-title-not-recognized'),
  },
  {
    setting: 'anyCalledAeTitle',
    act: async ({ connect }) => (await connect()).say(associateRequest({ called: 'OTHER' })),
    counted: refused('called-ae-title-not-recognized'),
  },
];

async function twoAtOnce({ associate, connect }: Parameters<Beyond['act']>[0]): Promise<void> {
  await associate();
  const second = await connect();
  second.say(associateRequest());
  expect((await second.hear())?.type).toBe(3);
}

describe('whoever goes beyond a limit of an association is turned away, and counted by its name:', () => {
  test.each(beyond)('$setting ($counted)', async ({ settings, act, counted }) => {
    const listening = await startListening(settings);
    const peers: RawPeer[] = [];
    const connect = async () => {
      const peer = await connectRaw(listening.listener.port);
      peers.push(peer);
      return peer;
    };
    const associate = async () => {
      const peer = await connect();
      peer.say(associateRequest());
      expect((await peer.hear())?.type).toBe(2);
      return peer;
    };
    try {
      await act({ ...listening, connect, associate });
      const metrics = createMetrics();
      while (listening.events.length === 0) await turn();
      listening.events.forEach(metrics.record);
      expect(await metrics.text([])).toContain(`${counted} 1`);
    } finally {
      for (const { socket } of peers) socket.destroy();
      await listening.stop();
    }
  });
});

test.each(['STUDY_TOO_LARGE', 'TOO_BUSY', 'STORAGE_FULL', 'OBJECT_TOO_LARGE'] as const)(
  '%s at the door is answered 0xA700 and counted, and the next object is taken',
  async (code) => {
    let isBeyond = true;
    const door: (receive: Receive) => Receive =
      (receive) =>
      async (...given) => {
        if (isBeyond) throw new AgentError(code, '');
        return receive(...given);
      };
    const { listener, events, stop } = await startListening({}, { door });
    const path = join(await mkdtemp(join(tmpdir(), 'limits-')), 'object.dcm');
    await writeFile(path, makeDicom({ study: '1.2.1', series: '1.2.1.1', sopInstance: '1.2.1.1.1', frames: [1] }));
    const object = { path, sopClass: usMultiframe, sopInstance: '1.2.1.1.1', transferSyntax: explicitLittleEndian };
    const to = { aeTitle: 'APICAL', host: listener.host, port: listener.port };
    const sending = { to, callingAeTitle: 'A', timeoutMs: 5000, signal: new AbortController().signal };
    expect(await sendInstances({ ...sending, files: [object] })).toMatchObject([{ status: 0xa700 }]);
    isBeyond = false;
    expect(await sendInstances({ ...sending, files: [object] })).toMatchObject([{ status: 0 }]);
    await stop();
    await rm(dirname(path), { recursive: true });
    const metrics = createMetrics();
    events.forEach(metrics.record);
    expect(await metrics.text([])).toContain(`apical_instances_refused_total{by="c-store",code="${code}"} 1`);
  },
);

/** Where each other limit is held to what it says. */
const elsewhere: Readonly<Record<string, readonly [file: string, test: string]>> = {
  'limits.instanceBytesMax': ['dimse/storage-scp.test.ts', 'that is too large is refused'],
  'limits.readers': ['look/clip-reader.test.ts', 'workers: 1'],
  'limits.readerTimeMs': ['look/clip-reader.test.ts', 'timeLimitMs: 1,'],
  'limits.readerMemoryMb': ['look/clip-reader.test.ts', 'memoryLimitMb'],
  'limits.attemptsMax': ['pipeline/story.test.ts', 'toHaveLength(3); // attemptsMax'],
  'limits.backOffFirstMs': ['pipeline/story.test.ts', 'half of backOffFirstMs'],
  'limits.backOffMaxMs': ['pipeline/fakes.ts', 'backOffMax'],
  'limits.leaseMs': ['store/ledger.test.ts', 'whose lease was lost'],
  'limits.studyBytesMax': ['pipeline/limits.test.ts', 'becomes too large'],
  'limits.queueMax': ['pipeline/limits.test.ts', 'too many jobs wait'],
  'limits.quarantineMax': ['store/quarantine.test.ts', 'quarantineMax: 2'],
  'limits.quarantineBytesMax': ['store/quarantine.test.ts', 'quarantineBytesMax: 25'],
  'limits.freeBytesMin': ['pipeline/limits.test.ts', 'before the disk is full'],
  'http.connectionsMax': ['http/limits.test.ts', '(connectionsMax)'],
  'http.listenersMax': ['http/events.test.ts', 'listenersMax: 1'],
  'http.channelsMax': ['dicomweb/ups/event-channel.test.ts', 'channelsMax: 1'],
  'http.headersMs': ['http/limits.test.ts', '(headersMs)'],
  'http.requestMs': ['http/limits.test.ts', '(requestMs)'],
  'http.requestBytesMax': ['http/service.test.ts', 'announces more than may be sent'],
  'http.requestSilenceMs': ['dicomweb/hostile.test.ts', 'falls silent is cut off'],
  'http.resultsMax': ['dicomweb/server.test.ts', 'resultsMax: 3'],
  'http.partsMax': ['dicomweb/hostile.test.ts', 'parts without an end'],
  'http.port': ['http/service.test.ts', 'a port that is taken'],
  'dimse.port': ['dimse/listener.test.ts', 'does not open a port that another has'],
};

test('every number among the settings of the doors has a default, a metric and a test', async () => {
  const { dimse, http, limits } = schema.parse({});
  const numbers = Object.entries({ dimse, http, limits }).flatMap(
    ([group, settings]) =>
    Object.entries(settings).filter(([, value]) => typeof value === 'number').map(([name]) => `${group}.${name}`), // prettier-ignore
  );
  const held = new Set([...beyond.map(({ setting }) => `dimse.${setting}`), ...Object.keys(elsewhere)]);
  expect(numbers.filter((name) => !held.has(name))).toEqual([]);
  const text = await createMetrics(() => Object.fromEntries(numbers.map((name) => [name, 7]))).text([]);
  for (const name of numbers) expect(text).toContain(`apical_limit{name="${name}"} 7`);
  for (const [file, words] of Object.values(elsewhere))
    expect(readFileSync(join(import.meta.dirname, '..', file), 'utf8')).toContain(words);
});
