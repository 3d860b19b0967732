import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { readAvi } from '#look/avi';
import { prepareAvi } from '#look/prepare-avi';
import { makeAvi } from '#test/support/make-avi';

const folder = mkdtempSync(join(tmpdir(), 'apical-avi-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const film = join(folder, 'film.avi');
const [width, height] = [112, 112];
const greys = Array.from({ length: 7 }, (_, index) => 30 * index);
let bytes: Buffer;

beforeAll(async () => {
  const raw = { raw: { width, height, channels: 3 as const } };
  const frames = await Promise.all(
    greys.map((grey) =>
      sharp(Buffer.alloc(width * height * 3, grey), raw)
        .jpeg({ quality: 95 })
        .toBuffer(),
    ),
  );
  bytes = makeAvi(frames, { width, height, microseconds: 20_000 });
  writeFileSync(film, bytes);
});

describe('a film', () => {
  test('has its frames in order, their size and their time', () => {
    const { frames, ...rest } = readAvi(bytes);
    expect(rest).toEqual({ width, height, frameTimeMs: 20 });
    expect(frames).toHaveLength(greys.length);
    for (const frame of frames) expect([frame[0], frame[1]]).toEqual([0xff, 0xd8]);
  });

  test('becomes the frames that a model looks at', async () => {
    const clip = await prepareAvi(film, { size: 64, selectFrames: () => [0, 2, 4, 6] });
    expect(clip).toMatchObject({ size: 64, frameIndices: [0, 2, 4, 6], crop: { x0: 11, y0: 11, x1: 101, y1: 101 } });
    const middles = [0, 1, 2, 3].map((frame) => clip.pixels[frame * 64 * 64 * 3 + 32 * 64 * 3]!);
    for (const [index, grey] of [0, 60, 120, 180].entries()) expect(Math.abs(middles[index]! - grey)).toBeLessThan(3);
  });
});

describe('a film that cannot be read is refused in a sentence', () => {
  test.each([
    ['no AVI', () => Buffer.from('nothing of the kind')],
    ['no frames', () => makeAvi([], { width, height, microseconds: 1 })],
    ['cut off in its header', () => bytes.subarray(0, 100)],
  ])('%s', (_, film) => {
    expect(() => readAvi(film())).toThrow(expect.objectContaining({ code: 'PIXELS_UNDECODABLE' }));
  });

  test('another codec', () => {
    const other = Buffer.from(bytes);
    other.write('H264', other.indexOf('MJPG'), 'latin1');
    expect(() => readAvi(other)).toThrow(expect.objectContaining({ code: 'TRANSFER_SYNTAX_UNSUPPORTED' }));
  });

  test('a damaged frame', async () => {
    const damaged = join(folder, 'damaged.avi');
    writeFileSync(damaged, makeAvi([Buffer.from('not a picture at all')], { width, height, microseconds: 1 }));
    const prepared = prepareAvi(damaged, { size: 64, selectFrames: () => [0] });
    await expect(prepared).rejects.toMatchObject({ code: 'PIXELS_UNDECODABLE' });
  });

  test('any cut or flipped byte', () => {
    for (let at = 0; at < 400; at += 7) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 0xff;
      for (const film of [flipped, bytes.subarray(0, at)]) {
        try {
          expect(readAvi(film).frames.length).toBeLessThan(5000);
        } catch (thrown) {
          expect(thrown).toMatchObject({ name: 'AgentError' });
        }
      }
    }
  });
});
