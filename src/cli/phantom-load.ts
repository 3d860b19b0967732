import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeader } from '#dicom/header';
import { sendInstances } from '#dimse/storage-scu';
import { asAgentError } from '#domain/errors';
import { identityOf, makePhantomStudy, type StudyObject, type StudyWish } from '#models/phantom/study';
import type { Clock } from '#src/ports';

/** A load: studies by the minute, for as long as there are some. */
export interface LoadRequest {
  readonly studies: readonly StudyWish[];
  readonly perMinute: number;
  readonly to: { readonly aeTitle: string; readonly host: string; readonly port: number };
  readonly callingAeTitle: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onMade(objects: number): void;
  onStudy(studies: number): void;
}

/** What came of a load. */
export interface LoadReport {
  readonly studies: number;
  readonly objects: number;
  readonly stored: number;
  /** Why studies did not go through, and how often. */
  readonly failures: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Milliseconds from a study's turn to its last answer: what was waited for a free association is part of it. */
  readonly milliseconds: { readonly median: number; readonly p95: number; readonly largest: number };
}

/** Hearts that are drawn; further studies show them again, under names of their own. */
const drawnMax = 3;
const associationsMax = 4;
const timeoutMs = 120_000;

/** Sends studies by C-STORE at a rate, at most four at a time: one that is late does not make the next ones late. */
export async function sendAtRate(request: LoadRequest): Promise<LoadReport> {
  const { studies, clock, signal, perMinute } = request;
  const drawn = await draw(request);
  const startedAt = clock.now();
  const under = new Set<Promise<void>>();
  const durations: number[] = [];
  const failures: Record<string, number> = {};
  let [objects, stored] = [0, 0];
  const run = async (index: number, dueAt: number): Promise<void> => {
    const count = (words: string): void => void (failures[words] = (failures[words] ?? 0) + 1);
    try {
      const statuses = await sendStudy(drawn[index % drawn.length]!, studies[index]!, request);
      objects += statuses.length;
      stored += statuses.filter((status) => status === 0 || status >> 12 === 0xb).length;
      for (const status of statuses) if (status !== 0) count(`status 0x${status.toString(16).toUpperCase()}`);
    } catch (thrown) {
      count(asAgentError(thrown).code);
    }
    durations.push(clock.now() - dueAt);
    request.onStudy(durations.length);
  };
  for (let index = 0; index < studies.length && !signal.aborted; index++) {
    const dueAt = startedAt + (index * 60_000) / perMinute;
    if (dueAt > clock.now()) await clock.sleep(dueAt - clock.now(), signal);
    if (under.size >= associationsMax) await Promise.race(under);
    const sending: Promise<void> = run(index, dueAt).finally(() => under.delete(sending));
    under.add(sending);
  }
  await Promise.all(under);
  return {
    studies: durations.length,
    objects,
    stored,
    failures,
    seconds: (clock.now() - startedAt) / 1000,
    milliseconds: spread(durations),
  };
}

async function draw({ studies, onMade }: LoadRequest): Promise<readonly (readonly StudyObject[])[]> {
  const drawn: StudyObject[][] = [];
  let made = 0;
  for (const study of studies.slice(0, drawnMax)) {
    const objects: StudyObject[] = [];
    for await (const object of makePhantomStudy(study)) {
      objects.push(object);
      onMade(++made);
    }
    drawn.push(objects);
  }
  return drawn;
}

/** How many objects are drawn before the first is sent. */
export function objectsDrawn(studies: readonly StudyWish[]): number {
  return studies.slice(0, drawnMax).reduce((sum, { recordings }) => sum + recordings.length, 0);
}

async function sendStudy(
  objects: readonly StudyObject[],
  study: StudyWish,
  { to, callingAeTitle, signal }: LoadRequest,
): Promise<readonly number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'apical-load-'));
  try {
    const files = [];
    for (const [index, object] of objects.entries()) {
      const path = join(folder, object.name);
      await writeFile(path, object.again(identityOf(study, index)));
      files.push({ path, ...readHeader(path) });
    }
    const sent = await sendInstances({ files, to, callingAeTitle, timeoutMs, signal });
    return sent.map(({ status }) => status);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function spread(durations: readonly number[]): LoadReport['milliseconds'] {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { median: at(0.5), p95: at(0.95), largest: at(1) };
}
