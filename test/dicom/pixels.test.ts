import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { withFile } from '#dicom/byte-source';
import { asAgentError } from '#domain/errors';
import { decodeFrames } from '#dicom/pixels/decode';
import { imageFacts, readHeader } from '#dicom/header';
import { readPart10 } from '#dicom/part10';
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
