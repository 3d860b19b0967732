import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { bufferSource } from '#dicom/byte-source';
import { readHeader } from '#dicom/header';
import { locateDataSet } from '#dicom/part10';
import { sendInstances } from '#dimse/storage-scu';
import { AgentError, type FaultCode } from '#domain/errors';
import { makeDicom } from '#test/support/make-dicom';
import { sharedPath, testWith } from '#test/support/peers';
import type { Listening } from './listening.ts';
import { perTest } from './per-test.ts';
import { associateRequest, connectRaw, data, hex, responseIn, storeCommand } from './raw-peer.ts';

const run = promisify(execFile);
const { listening, temporaryFolder } = perTest();

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
