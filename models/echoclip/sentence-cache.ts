import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatNpy, parseNpy } from '#models/npy';

/** Embeddings that were computed before, by a digest of all that they depend on; losing them costs time only. */
export interface SentenceCache {
  /** Unit rows, one a sentence; undefined where they are not known, or damaged. */
  read(sentences: readonly string[]): Promise<Float32Array | undefined>;
  write(sentences: readonly string[], rows: Float32Array): Promise<void>;
}

/** Sets of sentences that are kept; findings that change leave old ones behind. */
const setsMax = 8;
/** Bytes of a SHA-256, at the end of each file. */
const sealBytes = 32;

/** A cache in a model's folder; `ingredients` are the digests of graph and vocabulary, and what runs them. */
export function sentenceCache(
  modelFolder: string,
  ingredients: readonly (string | number | undefined)[],
): SentenceCache {
  const folder = join(modelFolder, 'sentences');
  const pathOf = (sentences: readonly string[]): string =>
    join(folder, sha256(JSON.stringify([...ingredients, sentences])).toString('hex'));
  return {
    async read(sentences) {
      const bytes = await readFile(pathOf(sentences)).catch(() => undefined);
      if (!bytes || bytes.length <= sealBytes) return undefined;
      const content = bytes.subarray(0, -sealBytes);
      if (!sha256(content).equals(bytes.subarray(-sealBytes))) return undefined;
      const { shape, values } = parseNpy(content);
      return values instanceof Float32Array && shape[0] === sentences.length ? values : undefined;
    },
    async write(sentences, rows) {
      const path = pathOf(sentences);
      const content = formatNpy({ shape: [sentences.length, rows.length / sentences.length], values: rows });
      const partial = `${path}.${process.pid}.part`;
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(partial, Buffer.concat([content, sha256(content)]));
        await rename(partial, path);
        await prune(folder);
      } catch {
        // A folder that cannot be written, such as a read-only one, is no fault: they are computed again.
        await rm(partial, { force: true }).catch(() => undefined);
      }
    },
  };
}

async function prune(folder: string): Promise<void> {
  const paths = (await readdir(folder)).map((name) => join(folder, name));
  const written = await Promise.all(paths.map(async (path) => ({ path, at: (await stat(path)).mtimeMs })));
  const old = written.toSorted((a, b) => b.at - a.at).slice(setsMax);
  await Promise.all(old.map(({ path }) => rm(path, { force: true })));
}

function sha256(content: string | Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}
