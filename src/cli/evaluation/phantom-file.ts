import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePhantomClip, type PhantomClip, type PhantomWish } from '#models/phantom/clip';
import { encodePhantom, type PhantomEncoding } from '#models/phantom/phantom-dicom';
import { identityOf } from '#models/phantom/study';

/** A phantom as a DICOM file, and the phantom it was made of. */
export interface PhantomFile {
  readonly path: string;
  readonly clip: PhantomClip;
}

/** What is to be made. */
export interface PhantomCase {
  readonly wish: PhantomWish;
  readonly encoding?: PhantomEncoding;
}

/**
 * Makes each phantom as a file, has it used, and takes the file away. While one is looked at, the next is made; they
 * are used one after another.
 */
export async function withPhantoms<Case extends PhantomCase>(
  cases: readonly Case[],
  use: (file: PhantomFile, one: Case) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'apical-evaluation-'));
  let using = Promise.resolve();
  let made: { readonly wish: PhantomWish; readonly clip: PhantomClip } | undefined;
  try {
    for (const [index, one] of cases.entries()) {
      signal.throwIfAborted();
      if (made?.wish !== one.wish) made = { wish: one.wish, clip: makePhantomClip(one.wish) };
      const { clip } = made;
      const path = join(folder, `${index}.dcm`);
      await writeFile(path, await encodePhantom(clip, identityFor(one.wish.seed, index), one.encoding));
      await using;
      using = use({ path, clip }, one).then(() => rm(path));
      using.catch(() => undefined); // it is awaited in the next turn, and thrown there
    }
    await using;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const day = Date.UTC(2026, 0, 5, 8, 30);

function identityFor(seed: string | number, index: number) {
  return identityOf(
    { seed: `${seed} ${index}`, patientId: `PHANTOM-${seed}`, patientName: 'PHANTOM', startedAt: day },
    0,
  );
}
