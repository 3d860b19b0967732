import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { sentenceCache } from '#models/echoclip/sentence-cache';

const root = mkdtempSync(join(tmpdir(), 'apical-sentences-'));
afterAll(() => rmSync(root, { recursive: true }));
const fresh = () => mkdtempSync(join(root, 'model-'));
const rows = Float32Array.of(1, 0, 0.6, 0.8);
const filesOf = (folder: string) =>
  readdirSync(join(folder, 'sentences')).map((name) => join(folder, 'sentences', name));

test('what was written is read again, for the same sentences by the same graph only', async () => {
  const folder = fresh();
  const cache = sentenceCache(folder, ['graph', 'cpu']);
  expect(await cache.read(['one', 'two'])).toBeUndefined();
  await cache.write(['one', 'two'], rows);
  expect(await sentenceCache(folder, ['graph', 'cpu']).read(['one', 'two'])).toEqual(rows);
  expect(await cache.read(['two', 'one'])).toBeUndefined();
  expect(await sentenceCache(folder, ['other graph', 'cpu']).read(['one', 'two'])).toBeUndefined();
  expect(await sentenceCache(folder, ['graph', 'cuda']).read(['one', 'two'])).toBeUndefined();
});

test('what was damaged on the disk counts as not known', async () => {
  const folder = fresh();
  const cache = sentenceCache(folder, []);
  await cache.write(['one', 'two'], rows);
  const [file] = filesOf(folder);
  const whole = readFileSync(file!);
  for (const damage of [
    whole.subarray(0, 40),
    Buffer.alloc(0),
    Buffer.from(whole.map((byte, at) => (at === 130 ? byte ^ 1 : byte))),
  ]) {
    writeFileSync(file!, damage);
    expect(await cache.read(['one', 'two'])).toBeUndefined();
  }
});

test('old sets go, and a folder that cannot be written is no fault', async () => {
  const folder = fresh();
  const cache = sentenceCache(folder, []);
  for (let set = 0; set < 12; set++) await cache.write([`set ${set}`], rows);
  expect(filesOf(folder)).toHaveLength(8);
  expect(await cache.read(['set 11'])).toEqual(rows);
  writeFileSync(join(root, 'file'), '');
  const nowhere = sentenceCache(join(root, 'file'), []);
  await nowhere.write(['one'], rows);
  expect(await nowhere.read(['one'])).toBeUndefined();
});
