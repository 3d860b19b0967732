import { expect, test } from '@jest/globals';
import type { PreparedClip } from '#domain/clip';
import { AgentError } from '#domain/errors';
import { rememberClips } from '#look/remember-clips';
import type { ClipReader } from '#src/ports';

function counting() {
  const asked: string[] = [];
  const broken = new Set<string>();
  const reader: Pick<ClipReader, 'prepare'> = {
    async prepare(path) {
      asked.push(path);
      if (broken.has(path)) throw new AgentError('PIXELS_UNDECODABLE', 'frame 1');
      return { sopInstance: path } as unknown as PreparedClip;
    },
  };
  return { reader: rememberClips(reader as ClipReader, 2), asked, broken };
}

const request = { frameIndices: [0, 2], size: 224 };

test('a clip asked for again is the very same, whether it was urgent or not', async () => {
  const { reader, asked } = counting();
  const first = await reader.prepare('a', { ...request, isUrgent: true });
  expect(await reader.prepare('a', request)).toBe(first);
  expect(asked).toEqual(['a']);
});

test('other frames of it are another reading', async () => {
  const { reader, asked } = counting();
  await reader.prepare('a', request);
  await reader.prepare('a', { ...request, frameIndices: [0] });
  expect(asked).toEqual(['a', 'a']);
});

test('the one that was asked for longest ago is let go', async () => {
  const { reader, asked } = counting();
  for (const path of ['a', 'b', 'a', 'c', 'a', 'b']) await reader.prepare(path, request);
  expect(asked).toEqual(['a', 'b', 'c', 'b']);
});

test('one that failed is read again', async () => {
  const { reader, asked, broken } = counting();
  broken.add('a');
  await expect(reader.prepare('a', request)).rejects.toMatchObject({ code: 'PIXELS_UNDECODABLE' });
  broken.clear();
  await reader.prepare('a', request);
  expect(asked).toEqual(['a', 'a']);
});
