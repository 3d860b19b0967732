import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { bufferSource } from '#dicom/byte-source';
import { readHeader } from '#dicom/header';
import { locateDataSet } from '#dicom/part10';
import { sendInstances } from '#dimse/storage-scu';
import { AgentError, type FaultCode } from '#domain/errors';
import { createReceive } from '#pipeline/receive';
import { openInstanceFiles } from '#store/files';
import { makeDicom } from '#test/support/make-dicom';
import { sharedPath, testWith } from '#test/support/peers';
import { startListening, type Listening } from './listening.ts';
import { associateRequest, connectRaw, data, hex, responseIn, storeCommand } from './raw-peer.ts';
import { steppedClock } from './stepped-clock.ts';
import { quietReceiving } from '#test/support/receiving';

const run = promisify(execFile);
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function listening(...given: Parameters<typeof startListening>): Promise<Listening> {
  const started = await startListening(...given);
  stops.push(() => started.stop());
  return started;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'scp-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const usMultiframe = '1.2.840.10008.5.1.4.1.1.3.1';
const explicitLittleEndian = '1.2.840.10008.1.2.1';
const sending = { callingAeTitle: 'SCANNER', timeoutMs: 20_000, signal: new AbortController().signal };
const to = ({ listener }: Listening) => ({ aeTitle: 'APICAL', host: listener.host, port: listener.port });

/** Files of made objects; `announcedAs` lies about the instance. */
async function files(objects: readonly { name: string; announcedAs?: string; bytes?: number }[]) {
  const folder = await temporaryFolder();
  return Promise.all(
    objects.map(async ({ name, announcedAs, bytes = 0 }) => {
      const sopInstance = `1.2.3.${name}`;
      const path = join(folder, `${name}.dcm`);
      const frames = Array<number>(Math.ceil(bytes / 16) || 1).fill(1);
      await writeFile(path, makeDicom({ study: '1.2', series: '1.2.1', sopInstance, frames }));
      return {
        path,
        sopClass: usMultiframe,
        sopInstance: announcedAs ?? sopInstance,
        transferSyntax: explicitLittleEndian,
      };
    }),
  );
}

const dataSetOf = (file: Buffer) => file.subarray(locateDataSet(bufferSource(file)).offset);

describe('the Storage SCP takes from dcmtk', () => {
  testWith(['echoscu'], 'a verification', async () => {
    const { listener, events } = await listening();
    await run('echoscu', ['-aec', 'APICAL', listener.host, `${listener.port}`]);
    expect(events).toEqual([]);
  });

  testWith(['echoscu'], 'no association under another title, and says why', async () => {
    const { listener, events } = await listening();
    const refused = run('echoscu', ['-aec', 'OTHER', listener.host, `${listener.port}`]);
    await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining('Called AE Title Not Recognized') });
    expect(events).toEqual([
      { kind: 'association-refused', address: '127.0.0.1', reason: 'called-ae-title-not-recognized' },
    ]);
  });

  // Proposed transfer syntax as an option of storescu, and a file in it.
  testWith(
    ['storescu', 'shared:corpus'],
    'objects in every transfer syntax that it can send, byte for byte',
    async () => {
      const { listener, archive } = await listening();
      const cases = [
        ['-xe', 'us/I_000034.dcm'],
        ['-xi', 'us/gdcm-US-ALOKA-16.dcm'],
        ['-xb', 'us/ExplVR_BigEnd.dcm'],
        ['-xy', 'us/I_000036.dcm'],
        ['-xs', 'us/JPGLosslessP14SV1_1s_1f_8b.dcm'],
        ['-xv', 'us/examples_jpeg2k.dcm'],
        ['-xw', 'us/US1_J2KI.dcm'],
        ['-xt', 'us/palette-multiframe-jpeg-ls.dcm'],
        ['-xr', 'us/ybrFull-RLE.dcm'],
        ['-xd', 'other/image_dfl.dcm'],
        ['-xy', 'other/SC_rgb_dcmtk_+eb+cr.dcm'],
        ['-xe', 'sr/sr.dcm'],
      ] as const;
      for (const [syntax, name] of cases) {
        const path = sharedPath('corpus', name);
        await run('storescu', [syntax, '-aec', 'APICAL', listener.host, `${listener.port}`, path]);
        const facts = readHeader(path);
        const kept = archive.instances.at(-1)!;
        expect(kept.facts).toMatchObject({ sopInstance: facts.sopInstance, transferSyntax: facts.transferSyntax });
        expect(kept.origin).toEqual({
          kind: 'c-store',
          callingAeTitle: 'STORESCU',
          calledAeTitle: 'APICAL',
          address: '127.0.0.1',
        });
      }
      expect(archive.count).toMatchObject({ kept: cases.length, discarded: 0 });
    },
  );

  testWith(['storescu', 'dcmdump', 'shared:corpus'], 'a file that it reads back as it sent it', async () => {
    const { listener, archive } = await listening();
    const path = sharedPath('corpus', 'us/I_000036.dcm');
    await run('storescu', ['-xy', '-aec', 'APICAL', listener.host, `${listener.port}`, path]);
    const kept = archive.files.path(archive.instances[0]!);
    const dump = async (file: string) => (await run('dcmdump', ['-q', '+P', '7fe0,0010', file])).stdout;
    expect(await dump(kept)).toBe(await dump(path));
    expect((await run('dcmdump', ['-q', '+P', '0002,0016', kept])).stdout).toContain('[STORESCU]');
  });
});

describe('an object from our own sender', () => {
  testWith(['shared:corpus'], 'arrives byte for byte', async () => {
    const started = await listening({ pduLengthMax: 262_144 });
    const names = ['us/I_000036.dcm', 'us/I_000034.dcm', 'us/gdcm-US-ALOKA-16.dcm', 'other/SC_rgb_dcmtk_+eb+cr.dcm'];
    const sent = names.map((name) => {
      const path = sharedPath('corpus', name);
      const { sopClass, sopInstance, transferSyntax } = readHeader(path);
      return { path, sopClass, sopInstance, transferSyntax };
    });
    await sendInstances({ files: sent, to: to(started), ...sending });
    for (const { path, sopInstance } of sent) {
      const kept = await started.archive.read(sopInstance);
      expect(dataSetOf(kept).equals(dataSetOf(await readFile(path)))).toBe(true);
    }
  });

  test('that is not what was announced is refused, and the next one is taken', async () => {
    const started = await listening();
    const sent = await sendInstances({
      files: await files([{ name: '1', announcedAs: '1.2.3.999' }, { name: '2' }]),
      to: to(started),
      ...sending,
    });
    expect(sent.map(({ status }) => status)).toEqual([0xa900, 0]);
    expect(sent[0]!.comment).toBe('The data set does not match what was announced for it. sopInstan');
    expect(started.archive.instances.map(({ facts }) => facts.sopInstance)).toEqual(['1.2.3.2']);
  });

  test('that is too large is refused, and the next one is taken', async () => {
    const started = await listening({}, { bytesMax: 100_000 });
    const sent = await sendInstances({
      files: await files([
        { name: '1', bytes: 3_000_000 },
        { name: '2', bytes: 1_000 },
      ]),
      to: to(started),
      ...sending,
    });
    expect(sent.map(({ status }) => status)).toEqual([0xa700, 0]);
    expect(started.archive.count.kept).toBe(1);
  });

  test.each<[FaultCode, number]>([
    ['STORAGE_FULL', 0xa700],
    ['TOO_BUSY', 0xa700],
    ['UNEXPECTED', 0x0110],
  ])('is refused with a status of its own where the door says %s', async (code, status) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let refusals = 0;
    const started = await listening(
      {},
      {
        door: (receive) => async (origin) => {
          await turn(); // the first bytes are there before the door answers
          refusals += 1;
          if (refusals > 1) return receive(origin);
          resolve();
          throw code === 'UNEXPECTED' ? new TypeError('Doe^John') : new AgentError(code, 'here');
        },
      },
    );
    const sent = await sendInstances({
      files: await files([{ name: '1', bytes: 500_000 }, { name: '2' }]),
      to: to(started),
      ...sending,
    });
    await promise;
    expect(sent.map(({ status }) => status)).toEqual([status, 0]);
    expect(sent[0]!.comment).not.toContain('Doe');
    expect(started.events).toContainEqual({
      kind: 'instance-refused',
      code,
      detail: code === 'UNEXPECTED' ? 'TypeError' : 'here',
      by: 'c-store',
    });
  });

  test('without a UID is refused, whatever the engine makes of it', async () => {
    const started = await listening();
    const peer = await connectRaw(started.listener.port);
    peer.say(associateRequest());
    await peer.hear();
    for (const [messageId, uid] of [
      [1, ''],
      [2, 'not.a.uid'],
      [3, '1.2\\1.3'],
      [4, '../../x'],
    ] as const) {
      peer.say(data(3, 3, storeCommand(messageId, uid)), data(3, 2, Buffer.alloc(100)));
      expect(responseIn((await peer.hear())!.body)).toEqual({ status: 0x0110, respondsTo: messageId });
    }
    expect(started.archive.count.opened).toBe(0);
    peer.socket.destroy();
  });

  test('waits at the sender while the disk is slow, and none of it is lost', async () => {
    let release: (() => void) | undefined;
    const gate = Promise.withResolvers<void>();
    const started = await listening(
      {},
      {
        door: (receive) => async (origin) => {
          const reception = await receive(origin);
          // A sink that takes nothing until released, and then all.
          const sink = new PassThrough();
          release = () => void sink.pipe(reception.sink);
          gate.resolve();
          const keep: typeof reception.keep = async (announced) => {
            await finished(reception.sink);
            return reception.keep(announced);
          };
          return { ...reception, sink, keep };
        },
      },
    );
    const [file] = await files([{ name: '1' }]);
    const peer = await connectRaw(started.listener.port);
    peer.say(associateRequest());
    await peer.hear();
    // Data Set Trailing Padding (FFFC,FFFC), an OB of 40 million bytes, makes it long.
    const padding = [hex('FCFF FCFF 4F42 0000 005A6202'), Buffer.alloc(40_000_000, 'x')];
    const content = Buffer.concat([dataSetOf(await readFile(file!.path)), ...padding]);
    peer.say(data(3, 3, storeCommand(1, '1.2.3.1')));
    for (let at = 0; at < content.length; at += 16_000) {
      peer.say(data(3, at + 16_000 < content.length ? 0 : 2, content.subarray(at, at + 16_000)));
    }
    await gate.promise;
    const gone = () => peer.socket.bytesWritten - peer.socket.writableLength;
    for (let still = 0, last = -1; still < 300; still = gone() === last ? still + 1 : 0) {
      last = gone();
      await turn();
    }
    // What went out fills the buffers of two sockets and of one stream, and no more.
    expect(gone()).toBeLessThan(content.length / 2);
    release!();
    expect(responseIn((await peer.hear())!.body)).toEqual({ status: 0, respondsTo: 1 });
    expect(dataSetOf(await started.archive.read('1.2.3.1')).equals(content)).toBe(true);
    peer.socket.destroy();
  });
});

describe('where the connection is lost amid an object', () => {
  async function withSpool() {
    const dataFolder = await temporaryFolder();
    const clock = steppedClock();
    const bounds = { dataFolder, instanceBytesMax: 10 ** 9, freeBytesMin: 1 };
    const inFiles = await openInstanceFiles(bounds, clock, { ownsFolder: true });
    const receive = createReceive({
      clock,
      files: inFiles,
      reader: { examine: async (path) => readHeader(path) },
      ledger: {
        instance: async () => undefined,
        admit: async () => 'new',
        study: async () => undefined,
        backlog: async () => [],
        instances: async () => [],
      } as never,
      ...quietReceiving(1),
      limits: { studyBytesMax: 1e12, queueMax: 1000 },
      publish: () => undefined,
    });
    const started = await listening({}, { door: () => receive });
    return { started, spool: join(dataFolder, 'spool') };
  }
  const openFiles = async (folder: string) => {
    const open = await readdir('/proc/self/fd');
    const links = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    return links.filter((path) => path.startsWith(folder));
  };

  test.each([
    ['is reset', (socket: { resetAndDestroy(): unknown }) => void socket.resetAndDestroy()],
    ['is closed', (socket: { end(): unknown }) => void socket.end()],
    ['is aborted', (socket: { write(bytes: Buffer): unknown }) => void socket.write(hex('07 00 00000004 00000000'))],
  ])('because it %s, no file remains and none stays open', async (_name, lose) => {
    const { started, spool } = await withSpool();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const peer = await connectRaw(started.listener.port);
      peer.say(associateRequest());
      await peer.hear();
      peer.say(
        data(3, 3, storeCommand(1, '1.2.3.1')),
        ...Array.from({ length: 20 }, () => data(3, 0, Buffer.alloc(10_000))),
      );
      while ((await readdir(spool)).length === 0) await turn();
      lose(peer.socket);
      await peer.hear();
      peer.socket.destroy();
      while ((await readdir(spool)).length > 0) {
        started.clock.advance(2_000);
        await turn();
      }
    }
    expect(await openFiles(spool)).toEqual([]);
    expect(started.events.filter(({ kind }) => kind === 'association-aborted')).toHaveLength(5);
  });

  test('a listener that closes leaves nothing either', async () => {
    const { started, spool } = await withSpool();
    const peer = await connectRaw(started.listener.port);
    peer.say(associateRequest());
    await peer.hear();
    peer.say(data(3, 3, storeCommand(1, '1.2.3.1')), data(3, 0, Buffer.alloc(10_000)));
    while ((await readdir(spool)).length === 0) await turn();
    await started.stop();
    stops.splice(stops.length - 1, 1);
    expect(await readdir(spool)).toEqual([]);
    expect(await peer.hear()).toEqual({ type: 7, body: Buffer.alloc(4) });
  });

  test('an object that was whole by then is kept', async () => {
    const kept = Promise.withResolvers<void>();
    const started = await listening(
      {},
      {
        door: (receive) => async (origin) => {
          const reception = await receive(origin);
          const keep: typeof reception.keep = async (announced) => {
            peer.socket.resetAndDestroy();
            await turn();
            const result = await reception.keep(announced);
            kept.resolve();
            return result;
          };
          return { ...reception, keep };
        },
      },
    );
    const peer = await connectRaw(started.listener.port);
    peer.say(associateRequest());
    await peer.hear();
    const [file] = await files([{ name: '1' }]);
    peer.say(data(3, 3, storeCommand(1, '1.2.3.1')), data(3, 2, dataSetOf(await readFile(file!.path))));
    await kept.promise;
    expect(started.archive.count).toMatchObject({ kept: 1, discarded: 0 });
  });
});

describe('the listener', () => {
  // A-ASSOCIATE-RJ: transient, service provider (presentation), local limit exceeded (PS3.8 table 9-21).
  const tooMany = { type: 3, body: Buffer.from([0, 2, 3, 2]) };

  test.each([
    ['in all', { associationsMax: 2 }],
    ['of one address', { associationsPerPeerMax: 2 }],
  ])('tells who comes beyond its limit %s to come back later', async (_name, limits) => {
    const { listener, clock } = await listening(limits);
    const peers = await Promise.all([1, 2, 3].map(() => connectRaw(listener.port)));
    const answers = [];
    for (const peer of peers) {
      peer.say(associateRequest());
      answers.push(await peer.hear());
    }
    expect(answers.map((answer) => answer?.type)).toEqual([2, 2, 3]);
    expect(answers[2]).toEqual(tooMany);
    for (const peer of peers) peer.socket.destroy();
    let again = await connectRaw(listener.port);
    for (again.say(associateRequest()); (await again.hear())?.type !== 2; again.say(associateRequest())) {
      clock.advance(2_000);
      again.socket.destroy();
      again = await connectRaw(listener.port);
    }
    again.socket.destroy();
  });

  test('cuts off at once who comes far beyond its limits', async () => {
    const { listener, events } = await listening({ associationsPerPeerMax: 1 });
    const peers = await Promise.all([1, 2, 3].map(() => connectRaw(listener.port)));
    const ends = await Promise.race(peers.map((peer) => peer.hear()));
    expect(ends).toBeUndefined();
    expect(events).toContainEqual({
      kind: 'association-refused',
      address: '127.0.0.1',
      reason: 'too-many-connections',
    });
    for (const peer of peers) peer.socket.destroy();
  });

  test('does not open a port that another has', async () => {
    const { listener } = await listening();
    await expect(startListening({ port: listener.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
