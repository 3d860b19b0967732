import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeader } from '#dicom/header';
import { decodeFrames } from '#dicom/pixels/decode';
import { judgeHeader } from '#domain/eligibility';
import { makePhantomClip } from '#models/phantom/clip';
import { makeDemoStudy, type DemoObject } from '#models/phantom/demo-study';
import { encodePhantom } from '#models/phantom/phantom-dicom';
import { testWith } from '#test/support/peers';
import { identity } from './identity.ts';

const folder = mkdtempSync(join(tmpdir(), 'apical-phantom-'));
const objects: DemoObject[] = [];
const pathOf = (name: string): string => join(folder, name);

beforeAll(async () => {
  for await (const object of makeDemoStudy({ seed: 11 })) {
    writeFileSync(pathOf(object.name), object.bytes);
    objects.push(object);
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a demonstration study', () => {
  test('has cines of the common views, colour, and stills of measurements', () => {
    const kinds = objects.map(({ truth }) => `${truth.view} ${truth.kind}`).sort();
    expect(kinds).toEqual([
      'A2C b-mode',
      'A4C b-mode',
      'A4C b-mode',
      'A4C colour-doppler',
      'A4C spectral-doppler',
      'PLAX b-mode',
      'PLAX m-mode',
      'PSAX b-mode',
    ]);
  });

  test('is of one patient, one study and one heart', () => {
    const facts = objects.map(({ name }) => readHeader(pathOf(name)));
    expect(new Set(facts.map(({ study }) => study)).size).toBe(1);
    expect(new Set(facts.map(({ sopInstance }) => sopInstance)).size).toBe(objects.length);
    expect(new Set(facts.map(({ attributes }) => attributes.disclose()['00100020']?.Value?.[0]))).toEqual(
      new Set(['PHANTOM-11']),
    );
    expect(new Set(objects.map(({ truth }) => truth.heart.ejectionFraction)).size).toBe(1);
  });

  test('shows the agent B-mode cines to look at, and nothing else', () => {
    const eligible = objects.filter(({ name }) => judgeHeader(readHeader(pathOf(name)), 10).kind === 'eligible');
    expect(eligible.map(({ truth }) => truth.kind)).toEqual(Array<string>(5).fill('b-mode'));
  });

  testWith(['dciodvfy'], 'conforms in every object', () => {
    for (const { name } of objects) {
      const { stdout, stderr } = spawnSync('dciodvfy', ['-new', pathOf(name)], { encoding: 'utf8' });
      expect(`${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('Error'))).toEqual([]);
    }
  });
});

test('the same seed gives the same file', async () => {
  const first = async (seed: number): Promise<Uint8Array> => {
    for await (const { bytes } of makeDemoStudy({ seed })) return bytes;
    throw new Error('no object');
  };
  expect(Buffer.from(await first(12)).equals(Buffer.from(await first(12)))).toBe(true);
  expect(Buffer.from(await first(12)).equals(Buffer.from(await first(13)))).toBe(false);
});

test('pixels come back from a file as they were made, and nearly so through JPEG', async () => {
  const clip = makePhantomClip({ seed: 5, view: 'A4C', frames: 3 });
  const decoded = async (transferSyntax: 'explicit-little-endian' | 'jpeg-baseline') => {
    writeFileSync(pathOf('clip.dcm'), await encodePhantom(clip, identity, { transferSyntax }));
    return (await decodeFrames(pathOf('clip.dcm'), [2])).pixels[0]!;
  };
  expect(Buffer.from(await decoded('explicit-little-endian')).equals(Buffer.from(clip.frames[2]!))).toBe(true);
  const lossy = await decoded('jpeg-baseline');
  const difference = clip.frames[2]!.reduce((sum, value, at) => sum + Math.abs(value - lossy[at]!), 0) / lossy.length;
  expect(difference).toBeLessThan(4);
});
