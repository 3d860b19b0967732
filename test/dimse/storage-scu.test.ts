import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect } from '@jest/globals';
import { bufferSource } from '#dicom/byte-source';
import { readHeader } from '#dicom/header';
import { locateDataSet } from '#dicom/part10';
import { createCStoreDestination } from '#dimse/destinations/c-store';
import { echo, sendInstances } from '#dimse/storage-scu';
import { anInstance } from '#test/support/instances';
import { sharedPath, testWith } from '#test/support/peers';
import { startStoreScp, type StoreScp } from './storescp.ts';

let peer: StoreScp | undefined;
afterEach(async () => {
  await peer?.stop();
  peer = undefined;
});

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
const files = (names: readonly string[]) =>
  names.map((name) => {
    const path = sharedPath('corpus', name);
    const { sopClass, sopInstance, transferSyntax } = readHeader(path);
    return { path, sopClass, sopInstance, transferSyntax };
  });
const sending = { callingAeTitle: 'APICAL', timeoutMs: 20_000, signal: new AbortController().signal };

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
  testWith(
    ['storescp', 'shared:corpus'],
    'delivers every data set byte for byte, whatever its transfer syntax',
    async () => {
      peer = await startStoreScp('+xa');
      const told: number[] = [];
      const sent = await sendInstances({
        files: files(corpus),
        to: peer,
        ...sending,
        onSent: (index, status) => told.push(index, status),
      });
      expect(sent.map(({ status }) => status)).toEqual(corpus.map(() => 0));
      expect(told).toEqual(corpus.flatMap((_, index) => [index, 0]));
      const originals = corpus.map((name) => readFileSync(sharedPath('corpus', name)));
      expect(dataSets(await peer.received())).toEqual(dataSets(originals.map(padded)));
    },
  );
});
