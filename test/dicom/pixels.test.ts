import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { withFile } from '#dicom/byte-source';
import { asAgentError } from '#domain/errors';
import { decodeFrames } from '#dicom/pixels/decode';
import { decodeRle } from '#dicom/pixels/rle';
import { imageFacts, readHeader } from '#dicom/header';
import { readPart10 } from '#dicom/part10';
import { makePhantomClip } from '#models/phantom/clip';
import { encodePhantom } from '#models/phantom/phantom-dicom';
import { identityOf } from '#models/phantom/study';
import { sharedPath, testWith } from '#test/support/peers';

const folder = mkdtempSync(join(tmpdir(), 'apical-pixels-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The first frame as dcmtk renders it, without any window. */
async function renderedByDcmtk(path: string): Promise<Uint8Array | undefined> {
  const file = join(folder, 'oracle.png');
  const tool = spawnSync('dcmj2pnm', ['--no-overlays', '+on', path, file]);
  if (tool.status !== 0) return undefined;
  const { data } = await sharp(readFileSync(file))
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return data;
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += Math.abs(a[index]! - b[index]!);
  return sum / a.length;
}

testWith(
  ['dcmj2pnm', 'shared:corpus/us'],
  'every colour image of the corpus that dcmtk can decode has the colours that dcmtk sees',
  async () => {
    const compared: string[] = [];
    const differing: string[] = [];
    for (const group of ['us', 'other']) {
      for (const name of readdirSync(sharedPath('corpus', group))) {
        const path = sharedPath('corpus', group, name);
        if (name.endsWith('.mp4')) continue;
        const image = withFile(path, (source) => imageFacts(readPart10(source)));
        if (!image || (image.samplesPerPixel === 1 && image.photometricInterpretation !== 'PALETTE COLOR')) continue;
        const oracle = await renderedByDcmtk(path);
        if (!oracle) continue;
        const { pixels } = await decodeFrames(path, [0]);
        compared.push(name);
        if (meanDifference(pixels[0]!, oracle) > 2)
          differing.push(`${name} ${meanDifference(pixels[0]!, oracle).toFixed(1)}`);
      }
    }
    expect(differing).toEqual([]);
    expect(compared.length).toBeGreaterThan(25);
  },
);

testWith(['shared:corpus/us'], 'every frame of every ultrasound file is decoded', async () => {
  for (const name of readdirSync(sharedPath('corpus', 'us')).filter((file) => !file.endsWith('.mp4'))) {
    const path = sharedPath('corpus', 'us', name);
    const { rows, columns, frames } = readHeader(path).image!;
    const decoded = await decodeFrames(
      path,
      Array.from({ length: frames }, (_, frame) => frame),
    );
    expect(decoded.pixels.map((pixels) => pixels.length)).toEqual(
      Array.from({ length: frames }, () => rows * columns * 3),
    );
  }
});

testWith(['shared:corpus/bad'], 'every bad file is decoded or refused by a fault that we know', async () => {
  for (const name of readdirSync(sharedPath('corpus', 'bad'))) {
    const outcome = await Promise.resolve()
      .then(() => readHeader(sharedPath('corpus', 'bad', name)))
      .then(() => decodeFrames(sharedPath('corpus', 'bad', name), [0]))
      .then(() => 'decoded')
      .catch((thrown: unknown) => asAgentError(thrown).code);
    expect([name, outcome]).toEqual([
      name,
      expect.stringMatching(/^(decoded|OBJECT_UNREADABLE|PIXELS_UNDECODABLE|TRANSFER_SYNTAX_UNSUPPORTED)$/),
    ]);
  }
});

test('a missing file is not taken for a broken clip', async () => {
  await expect(decodeFrames(join(folder, 'nothing.dcm'), [0])).rejects.toMatchObject({ code: 'ENOENT' });
});

const phantom = makePhantomClip({ seed: 'order', view: 'A4C', frames: 5, frameTimeMs: 100 });

test.each([
  ['explicit-little-endian', 'rgb'],
  ['explicit-little-endian', 'rgb-planar'],
  ['rle', 'rgb'],
  ['jpeg-lossless', 'rgb'],
  ['jpeg-ls', 'rgb'],
] as const)('frames come in the order asked for, as they were: %s, %s', async (transferSyntax, photometric) => {
  const path = join(folder, `${transferSyntax}-${photometric}.dcm`);
  const identity = identityOf({ seed: 'order', patientId: 'P', patientName: 'PHANTOM', startedAt: 0 }, 0);
  writeFileSync(path, await encodePhantom(phantom, identity, { transferSyntax, photometric }));
  const wanted = [4, 0, 3, 3, 1];
  const { pixels } = await decodeFrames(path, wanted);
  const same = pixels.map((frame, index) => Buffer.compare(frame, phantom.frames[wanted[index]!]!));
  expect(same).toEqual([0, 0, 0, 0, 0]);
});

/** An RLE frame of the segments given. */
function rleFrame(...segments: readonly (readonly number[])[]): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(segments.length, 0);
  let at = 64;
  for (const [index, { length }] of segments.entries()) {
    header.writeUInt32LE(at, 4 + 4 * index);
    at += length;
  }
  return Buffer.concat([header, Buffer.from(segments.flat())]);
}

const words = {
  rows: 1,
  columns: 5,
  samplesPerPixel: 1,
  bitsAllocated: 16,
  bitsStored: 16,
  planarConfiguration: 0,
  photometricInterpretation: 'MONOCHROME2',
  frames: 1,
  imageType: [],
  regions: [],
  colourDataPresent: false,
  frameTimesMs: [],
} as const;

test('an RLE frame of words has their high bytes first; runs, literals and what does nothing are told apart', () => {
  // 01 01 01 02 03 as a run of three (257 - 254), nothing (128), and two literals; 10 20 30 40 50 as five literals.
  const frame = rleFrame([254, 1, 128, 1, 2, 3], [4, 0x10, 0x20, 0x30, 0x40, 0x50]);
  expect([...decodeRle(frame, words).data]).toEqual([0x110, 0x120, 0x130, 0x240, 0x350]);
});

test.each([
  ['literals', [4, 0x10, 0x20]],
  ['a run', [253, 1]],
])('an RLE segment that ends too early within %s is refused', (_, segment) => {
  expect(() => decodeRle(rleFrame([252, 1], segment), words)).toThrow('ends too early');
});
