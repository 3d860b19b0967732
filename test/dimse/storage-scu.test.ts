import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { bufferSource } from '#dicom/byte-source';
import { readHeader } from '#dicom/header';
import { locateDataSet } from '#dicom/part10';
import { createCStoreDestination } from '#dimse/destinations/c-store';
import { echo, sendInstances, type FileToSend } from '#dimse/storage-scu';
import type { Instance } from '#domain/instance';
import type { Uid } from '#domain/uid';
import { anInstance } from '#test/support/instances';
import { makeDicom } from '#test/support/make-dicom';
import { sharedPath, testWith } from '#test/support/peers';
import { startScriptedPeer, type Script } from './scripted-peer.ts';
import { freePort, startStoreScp } from './storescp.ts';

const stops: (() => Promise<void>)[] = [];
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scu-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await rm(folder, { recursive: true, force: true });
});

const scripted = async (...scripts: readonly Script[]) => {
  const peer = await startScriptedPeer(...scripts);
  stops.push(() => peer.stop());
  return peer;
};
const storescp = async (...options: readonly string[]) => {
  const peer = await startStoreScp(...options);
  stops.push(() => peer.stop());
  return peer;
};
const sending = { callingAeTitle: 'APICAL', timeoutMs: 20_000, signal: new AbortController().signal };
const explicitLittleEndian = '1.2.840.10008.1.2.1';
const usMultiframe = '1.2.840.10008.5.1.4.1.1.3.1';

/** A file of some 2 kB, which our scripted peer takes in pieces of 250 bytes. */
async function aFile(name = '1'): Promise<FileToSend> {
  const sopInstance = `1.2.3.${name}`;
  const path = join(folder, `${name}.dcm`);
  await writeFile(path, makeDicom({ study: '1.2', series: '1.2.1', sopInstance, frames: Array(100).fill(7) }));
  return { path, sopClass: usMultiframe, sopInstance, transferSyntax: explicitLittleEndian };
}

const corpus = [
  'us/I_000034.dcm', // explicit, 1 MB
  'us/I_000036.dcm', // JPEG baseline, 3 MB
  'us/gdcm-US-ALOKA-16.dcm', // implicit
  'us/ExplVR_BigEnd.dcm',
  'us/examples_jpeg2k.dcm',
  'us/palette-multiframe-jpeg-ls.dcm',
  'us/ybrFull-RLE.dcm',
  'other/image_dfl.dcm', // deflated
  'sr/sr.dcm',
  'other/SC_rgb_dcmtk_+eb+cr.dcm',
];
const filesOf = (names: readonly string[]) =>
  names.map((name) => {
    const path = sharedPath('corpus', name);
    const { sopClass, sopInstance, transferSyntax } = readHeader(path);
    return { path, sopClass, sopInstance, transferSyntax };
  });

/** Only a deflated data set may be of odd length in a file; on the wire it ends with a NUL (PS3.5 section A.5). */
function padded(content: Buffer): Buffer {
  const { offset, syntax } = locateDataSet(bufferSource(content));
  const isOdd = (content.length - offset) % 2 === 1;
  expect(isOdd && !syntax.isDeflated).toBe(false);
  return isOdd ? Buffer.concat([content, Buffer.alloc(1)]) : content;
}

/** Digests of the data sets alone, without preamble and meta information. */
function dataSets(contents: readonly Buffer[]): readonly string[] {
  return contents
    .map((content) => content.subarray(locateDataSet(bufferSource(content)).offset))
    .map((bytes) => createHash('sha256').update(bytes).digest('hex'))
    .sort();
}

describe('the Storage SCU', () => {
  testWith(['storescp', 'shared:corpus'], 'delivers every data set byte for byte, whatever its syntax', async () => {
    const peer = await storescp('+xa');
    const told: number[] = [];
    const onSent = (index: number, status: number) => told.push(index, status);
    const sent = await sendInstances({ files: filesOf(corpus), to: peer, ...sending, onSent });
    expect(sent.map(({ status }) => status)).toEqual(corpus.map(() => 0));
    expect(told).toEqual(corpus.flatMap((_, index) => [index, 0]));
    const originals = corpus.map((name) => readFileSync(sharedPath('corpus', name)));
    expect(dataSets(await peer.received())).toEqual(dataSets(originals.map(padded)));
  });

  testWith(
    ['storescp', 'shared:corpus'],
    'tells of a file whose syntax is not taken, and sends the others',
    async () => {
      const peer = await storescp('+xi'); // Implicit VR Little Endian only
      const names = ['us/I_000036.dcm', 'us/gdcm-US-ALOKA-16.dcm', 'us/ybrFull-RLE.dcm'];
      const sent = await sendInstances({ files: filesOf(names), to: peer, ...sending });
      expect(sent.map(({ status }) => status)).toEqual([0x0122, 0, 0x0122]);
      expect(await peer.received()).toHaveLength(1);
    },
  );

  testWith(['storescp'], 'verifies that a peer answers', async () => {
    await expect(echo({ to: await storescp(), ...sending })).resolves.toBeUndefined();
  });

  test('opens a second association for the 129th kind of object', async () => {
    const file = await aFile();
    const kinds = Array.from({ length: 129 }, (_, index) => ({ ...file, sopClass: `1.2.3.${index}` }));
    const peer = await scripted();
    const sent = await sendInstances({ files: [...kinds, kinds[128]!], to: peer, ...sending });
    expect(sent.map(({ status }) => status)).toEqual(Array(130).fill(0));
    expect(peer.proposed).toEqual([128, 1]);
  });

  test('gives each file its status, and its comment', async () => {
    const peer = await scripted({ answers: [0, 0xa900, 0xb000, 0], comment: 'said' });
    const files = await Promise.all(['1', '2', '3', '4'].map(aFile));
    expect(await sendInstances({ files, to: peer, ...sending })).toEqual(
      [0, 0xa900, 0xb000, 0].map((status, index) => ({
        sopInstance: files[index]!.sopInstance,
        status,
        comment: 'said',
      })),
    );
  });

  test.each([
    ['closes', 'DESTINATION_UNREACHABLE'],
    ['aborts', 'DESTINATION_UNREACHABLE'],
    ['answers another request', 'DESTINATION_UNREACHABLE'],
  ] as const)('fails where a peer %s instead of answering, and has told of what went before', async (answer, code) => {
    const peer = await scripted({ answers: [0, answer] });
    const told: number[] = [];
    const files = await Promise.all(['1', '2', '3'].map(aFile));
    const onSent = (index: number) => told.push(index);
    await expect(sendInstances({ files, to: peer, ...sending, onSent })).rejects.toMatchObject({ code });
    expect(told).toEqual([0]);
  });

  test.each([
    ['rejects for now', 'DESTINATION_BUSY'],
    ['rejects for good', 'DESTINATION_REFUSED'],
    ['closes', 'DESTINATION_UNREACHABLE'],
  ] as const)('fails where a peer %s when asked for an association', async (onRequest, code) => {
    const peer = await scripted({ onRequest });
    await expect(sendInstances({ files: [await aFile()], to: peer, ...sending })).rejects.toMatchObject({ code });
  });

  test('fails where nobody listens', async () => {
    const to = { aeTitle: 'NOBODY', host: '127.0.0.1', port: await freePort() };
    const sent = sendInstances({ files: [await aFile()], to, ...sending });
    await expect(sent).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' });
  });

  test.each([[{ onRequest: 'says nothing' }], [{ answers: ['says nothing'] }]] as const)(
    'gives up on a peer that falls silent (%j)',
    async (script) => {
      const peer = await scripted(script);
      const sent = sendInstances({ files: [await aFile()], to: peer, ...sending, timeoutMs: 50 });
      await expect(sent).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' });
    },
  );

  test('stops when told to', async () => {
    const peer = await scripted({ onRequest: 'says nothing' });
    const stop = new AbortController();
    const sent = sendInstances({ files: [await aFile()], to: peer, ...sending, signal: stop.signal });
    stop.abort();
    await expect(sent).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' });
  });

  test('a file that is not there, or is not what was said of it, is our fault and not the peer’s', async () => {
    const file = await aFile();
    const missing = sendInstances({
      files: [{ ...file, path: join(folder, 'none') }],
      to: await scripted(),
      ...sending,
    });
    await expect(missing).rejects.toMatchObject({ code: 'FILE_MISSING' });
    const other = { ...file, transferSyntax: '1.2.840.10008.1.2.4.50' };
    const mislabelled = sendInstances({ files: [other], to: await scripted(), ...sending });
    await expect(mislabelled).rejects.toMatchObject({ code: 'OBJECT_MISMATCHED' });
  });
});

describe('a C-STORE destination', () => {
  const instanceOf = ({ sopInstance, sopClass, transferSyntax }: FileToSend): Instance => {
    const result = anInstance('result');
    const facts = {
      ...result.facts,
      sopInstance: sopInstance as Uid,
      sopClass: sopClass as Uid,
      transferSyntax: transferSyntax as Uid,
    };
    return { ...result, facts };
  };
  async function delivering(...scripts: readonly Script[]) {
    const peer = await scripted(...scripts);
    const destination = createCStoreDestination({
      name: 'archive',
      aeTitle: peer.aeTitle,
      host: peer.host,
      port: peer.port,
      callingAeTitle: 'APICAL',
      timeoutMs: 20_000,
    });
    const file = await aFile();
    return { peer, file, deliver: () => destination.deliver(instanceOf(file), file.path, sending.signal) };
  }

  test.each([0x0000, 0xb000, 0xb006, 0xb007])('has delivered where the answer is %i', async (status) => {
    const { peer, deliver } = await delivering({ answers: [status] });
    await expect(deliver()).resolves.toBeUndefined();
    expect(peer.objects).toBe(1);
  });

  test.each([
    [0xa700, 'DESTINATION_BUSY'],
    [0xa702, 'DESTINATION_BUSY'],
    [0xa900, 'DESTINATION_REFUSED'],
    [0xc000, 'DESTINATION_REFUSED'],
    [0x0110, 'DESTINATION_REFUSED'],
    [0x0111, 'DESTINATION_REFUSED'],
    [0x0122, 'DESTINATION_REFUSED'],
    [0xff00, 'DESTINATION_REFUSED'],
  ])('has not delivered where the answer is %i: %s', async (status, code) => {
    const { deliver } = await delivering({ answers: [status], comment: 'Doe^John' });
    const failed = deliver();
    await expect(failed).rejects.toMatchObject({ code });
    await expect(failed).rejects.not.toThrow('Doe');
  });

  test('takes "duplicate" for delivered only after an attempt that went out whole and unanswered', async () => {
    const { deliver } = await delivering({ answers: ['closes'] }, { answers: [0x0111] });
    await expect(deliver()).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' });
    await expect(deliver()).resolves.toBeUndefined();
    await expect(deliver()).rejects.toMatchObject({ code: 'DESTINATION_REFUSED' });
  });

  test('takes "duplicate" for delivered where the document is ours, though the process began anew', async () => {
    const { peer, file } = await delivering({ answers: [0x0111] });
    const anew = createCStoreDestination({ ...peer, name: 'archive', callingAeTitle: 'APICAL', timeoutMs: 20_000 });
    const result = { ...instanceOf(file), role: 'result' as const };
    await expect(anew.deliver(result, file.path, sending.signal)).resolves.toBeUndefined();
  });

  test('does not take "duplicate" for delivered after an attempt that never began', async () => {
    const { deliver } = await delivering({ onRequest: 'closes' }, { answers: [0x0111] });
    await expect(deliver()).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' });
    await expect(deliver()).rejects.toMatchObject({ code: 'DESTINATION_REFUSED' });
  });

  test('is refused where the peer does not take such objects', async () => {
    const { peer, deliver } = await delivering({ onRequest: 'accepts nothing' });
    await expect(deliver()).rejects.toMatchObject({ code: 'DESTINATION_REFUSED' });
    expect(peer.objects).toBe(0);
  });
});
