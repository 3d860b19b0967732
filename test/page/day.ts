import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeader } from '#dicom/header';
import { sendInstances } from '#dimse/storage-scu';
import { drawHeart, type Heart } from '#models/phantom/heart';
import { randomOf } from '#models/phantom/random';
import { makePhantomStudy } from '#models/phantom/study';
import type { AgentProcess } from '#test/support/agent-process';

// A day of phantoms: few and small studies, so that it is soon over.

/** A study to come. */
export interface Wish {
  readonly name: string;
  readonly heart: Heart;
  readonly recordings: Parameters<typeof makePhantomStudy>[0]['recordings'];
}

/** The first heart of a row that is as one wants it: the same at every run. */
export function heartWith(wanted: (heart: Heart) => boolean): Heart {
  for (let seed = 1; seed < 500; seed++) {
    const heart = drawHeart(randomOf(seed, 'page heart'));
    if (wanted(heart)) return heart;
  }
  throw new Error('no such heart among five hundred');
}

const frames = 24;

/** Makes a study and sends it as a scanner would. Returns its Study Instance UID. */
export async function arrive({ name, heart, recordings }: Wish, { dimse }: AgentProcess): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'apical-day-'));
  try {
    const files = [];
    const made = makePhantomStudy({
      seed: name,
      patientId: `P-${name}`,
      patientName: `PHANTOM^${name}`,
      heart,
      recordings,
      frames,
      encodings: [{}],
      startedAt: Date.UTC(2026, 10, 25, 8, 0),
    });
    for await (const { name: file, bytes } of made) {
      const path = join(folder, `${file}.dcm`);
      await writeFile(path, bytes);
      files.push({ path, ...readHeader(path) });
    }
    const { signal } = new AbortController();
    const outcomes = await sendInstances({ files, to: dimse, callingAeTitle: 'PHANTOM', timeoutMs: 60_000, signal });
    if (outcomes.some(({ status }) => status !== 0)) throw new Error(`refused: ${JSON.stringify(outcomes)}`);
    return files[0]!.study;
  } finally {
    await rm(folder, { recursive: true });
  }
}
