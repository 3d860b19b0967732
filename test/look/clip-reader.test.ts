import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readEncodedFrames } from '#dicom/frame-index';
import { createClipReader } from '#look/clip-reader';
import { sharedPath, testWith } from '#test/support/peers';

const reader = createClipReader({ workers: 1, timeLimitMs: 8_000, memoryLimitMb: 512 });
const folder = mkdtempSync(join(tmpdir(), 'apical-look-'));
afterAll(async () => {
  await reader.close();
  rmSync(folder, { recursive: true });
});

testWith(['shared:corpus/us/I_000009.dcm'], 'a real four-chamber clip is read, masked and scaled', async () => {
  const path = sharedPath('corpus', 'us', 'I_000009.dcm');
  const facts = await reader.examine(path);
  expect([facts.image?.frames, facts.modality, String(facts.attributes)]).toEqual([10, 'US', '[identifying]']);
  const clip = await reader.prepare(path, { frameIndices: [0, 2, 4], size: 224 });
  expect(clip.pixels.length).toBe(3 * 224 * 224 * 3);
  expect(clip.facts.sector?.length).toBeGreaterThan(5);
  expect((await reader.frames(path, [9])).pixels[0]?.length).toBe(facts.image!.rows * facts.image!.columns * 3);
});

test('what is no DICOM is refused with the reason, and the reader lives on', async () => {
  const path = join(folder, 'text.dcm');
  writeFileSync(path, 'this is a text and no DICOM object at all'.repeat(10));
  await expect(reader.examine(path)).rejects.toMatchObject({ code: 'OBJECT_UNREADABLE' });
  await expect(reader.examine(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'FILE_MISSING' });
});

testWith(
  ['shared:corpus/us/I_000036.dcm'],
  'stored frames come from a thread of their own, byte for byte, and one that reads too long is killed',
  async () => {
    const path = sharedPath('corpus', 'us', 'I_000036.dcm');
    const expected = readEncodedFrames(path, [0, 69]).frames.map((frame) => [...frame]);
    const { count, frames } = await reader.encodedFrames(path, [0, 69]);
    expect([count, frames.map((frame) => [...frame])]).toEqual([70, expected]);
    expect(await reader.bulkValue(path, '00281221')).toBeUndefined();
    await expect(reader.encodedFrames(path, [70])).rejects.toMatchObject({ code: 'PIXELS_UNDECODABLE' });
    const hasty = createClipReader({ workers: 1, timeLimitMs: 1, memoryLimitMb: 512 });
    await expect(hasty.encodedFrames(path, [0])).rejects.toMatchObject({ code: 'PIXELS_UNDECODABLE' });
    await hasty.close();
  },
);

testWith(['shared:corpus/us/I_000036.dcm'], 'a call that takes too long costs itself only', async () => {
  const hasty = createClipReader({ workers: 1, timeLimitMs: 1, memoryLimitMb: 512 });
  const path = sharedPath('corpus', 'us', 'I_000036.dcm');
  await expect(hasty.prepare(path, { frameIndices: [0, 2], size: 224 })).rejects.toMatchObject({
    code: 'PIXELS_UNDECODABLE',
  });
  await hasty.close();
  expect((await reader.examine(path)).image?.frames).toBe(70);
});

test('what is urgent goes before what only waits', async () => {
  const reader = createClipReader({ workers: 1, timeLimitMs: 60_000, memoryLimitMb: 512 });
  const answered: string[] = [];
  const ask = (path: string, isUrgent = false) =>
    reader.prepare(`/nowhere/${path}`, { frameIndices: [0], size: 8, isUrgent }).catch(() => answered.push(path));
  await Promise.all([ask('under way'), ask('waiting'), ask('urgent', true), ask('urgent too', true)]);
  expect(answered).toEqual(['under way', 'urgent', 'urgent too', 'waiting']);
  await reader.close();
});
