import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { directFlags, takesDirectWrites } from '#store/direct';
import { SpoolSink, type SinkSettings } from '#store/spool-sink';
import { bufferBytes, Writer } from '#store/writer';

let folder: string;
let settings: Omit<SinkSettings, 'isDirect'>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sink-'));
  settings = { bytesMax: 1e9, writer: new Writer(), requireSpace: async () => undefined };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Bytes that differ wherever a piece could be lost, doubled or put elsewhere. */
const content = (length: number) => Buffer.from(Uint32Array.from({ length: Math.ceil(length / 4) }, (_, at) => at * 2654435761).buffer).subarray(0, length); // prettier-ignore

interface Kept {
  readonly ends?: readonly number[];
  readonly isDirect?: boolean;
  readonly path?: string;
}

async function keep(
  bytes: Buffer,
  { ends = [bytes.length], isDirect = false, path = join(folder, 'object') }: Kept = {},
) {
  if (isDirect) await rm(path, { force: true });
  const sink = new SpoolSink(await open(path, isDirect ? directFlags : 'w'), { ...settings, isDirect });
  const memory = Buffer.alloc(bytes.length); // used again for every piece, as the network's is
  for (const [index, end] of ends.entries()) {
    const piece = bytes.subarray(ends[index - 1] ?? 0, end);
    piece.copy(memory);
    await new Promise<void>((resolve) => sink.write(memory.subarray(0, piece.length), () => resolve()));
    memory.fill(0);
  }
  sink.end();
  try {
    await finished(sink);
    const sealed = sink.seal();
    await sink.synced();
    return sealed;
  } finally {
    await sink.abandon();
  }
}

// Where the file system takes no direct writes there is nothing of them to test.
const ways = (await takesDirectWrites(tmpdir())) ? [false, true] : [false];

describe.each(ways)('an object in the spool (past the cache: %s)', (isDirect) => {
  test.each([0, 1, 4096, bufferBytes - 1, bufferBytes, bufferBytes + 1, 3 * bufferBytes])(
    'of %i bytes is what came, with its digest',
    async (length) => {
      const bytes = content(length);
      const sealed = await keep(bytes, { isDirect });
      expect((await readFile(join(folder, 'object'))).equals(bytes)).toBe(true);
      expect(sealed).toEqual({ bytes: length, sha256: createHash('sha256').update(bytes).digest('hex') });
    },
  );

  test('is the same in whatever pieces it came, beside others', async () => {
    const bytes = content(3 * bufferBytes - 5);
    const wanted = createHash('sha256').update(bytes).digest('hex');
    const pieces = fc.array(fc.nat(bytes.length), { maxLength: 12 });
    const names = Array.from({ length: 10 }, (_, index) => String(index));
    await fc.assert(
      fc.asyncProperty(pieces, async (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        const kept = names.map((name) => keep(bytes, { ends, isDirect, path: join(folder, name) }));
        for (const { sha256 } of await Promise.all(kept)) expect(sha256).toBe(wanted);
        for (const name of names) expect((await readFile(join(folder, name))).equals(bytes)).toBe(true);
      }),
      { numRuns: 3 },
    );
  });
});

describe('an object in the spool', () => {
  (existsSync('/dev/full') ? test : test.skip)('that finds the disk full is refused for now', async () => {
    const refused = expect.objectContaining({ code: 'STORAGE_FULL' });
    await expect(keep(content(10), { path: '/dev/full' })).rejects.toEqual(refused);
    await expect(keep(content(3 * bufferBytes), { path: '/dev/full' })).rejects.toEqual(refused);
  });

  test('whose thread ends is refused for now, and the next one is kept', async () => {
    const writer = pathToFileURL(join(import.meta.dirname, '..', '..', 'src', 'store', 'writer-worker.ts')).href;
    const program = join(folder, 'ends-once.mjs');
    await writeFile(
      program,
      `import { existsSync, writeFileSync } from 'node:fs';
       const mark = ${JSON.stringify(join(folder, 'ended'))};
       if (existsSync(mark)) await import(${JSON.stringify(writer)});
       else { writeFileSync(mark, ''); throw new Error('no'); }`,
    );
    settings = { ...settings, writer: new Writer(pathToFileURL(program)) };
    const bytes = content(3 * bufferBytes);
    await expect(keep(bytes)).rejects.toEqual(expect.objectContaining({ code: 'TOO_BUSY' }));
    expect((await keep(bytes)).bytes).toBe(bytes.length);
    expect((await readFile(join(folder, 'object'))).equals(bytes)).toBe(true);
  });
});
