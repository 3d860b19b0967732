import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { bufferSource } from '#dicom/byte-source';
import { readHeader } from '#dicom/header';
import { locateDataSet } from '#dicom/part10';
import { createReceive } from '#pipeline/receive';
import { openInstanceFiles } from '#store/files';
import { makeDicom } from '#test/support/make-dicom';
import { quietReceiving } from '#test/support/receiving';
import { perTest } from './per-test.ts';
import { associateRequest, connectRaw, data, hex, storeCommand } from './raw-peer.ts';
import { steppedClock } from './stepped-clock.ts';

const { listening, temporaryFolder, stops } = perTest();

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
    const file = makeDicom({ study: '1.2', series: '1.2.1', sopInstance: '1.2.3.1', frames: [1] });
    const dataSet = file.subarray(locateDataSet(bufferSource(file)).offset);
    peer.say(data(3, 3, storeCommand(1, '1.2.3.1')), data(3, 2, dataSet));
    await kept.promise;
    expect(started.archive.count).toMatchObject({ kept: 1, discarded: 0 });
  });
});
