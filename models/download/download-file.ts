import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentError } from '#domain/errors';
import { noRoomFor } from '#models/no-room';
import { ask, fileAddress, requireFound, type HubAccess, type HubFile, type HubRepository } from './hub.ts';
import { reasonOf, watch } from './watch.ts';

export interface Downloading {
  readonly repository: HubRepository;
  readonly file: HubFile;
  /** The folder to put it into. */
  readonly into: string;
  readonly access: HubAccess;
  onProgress(bytes: number): void;
}

/** Attempts in a row that bring nothing new before it is given up. */
const attemptsMax = 4;
const pauseMs = 500;
const goesOn = 'run the same command again, and it goes on from there';

/**
 * Fetches one file: into a part file, on from where an earlier attempt ended, and held to the hub's digest before it
 * takes its name. A file that is there already is only held to it. Throws MODEL_UNAVAILABLE, MODEL_UNFIT or STORAGE_FULL.
 */
export async function downloadFile(downloading: Downloading): Promise<string> {
  try {
    return await fetchFile(downloading);
  } catch (cause) {
    const reason = noRoomFor(cause);
    if (reason === undefined) throw cause;
    throw new AgentError('STORAGE_FULL', `${reason}: make room; then ${goesOn}.`, { cause });
  }
}

async function fetchFile(downloading: Downloading): Promise<string> {
  const { file, into } = downloading;
  const path = join(into, file.path);
  if ((await sizeOf(path)) !== undefined) {
    if (await isWhole(path, file)) return path;
    await rm(path);
  }
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  const resumed = ((await sizeOf(part)) ?? 0) > 0;
  await complete(part, downloading);
  if (!(await isWhole(part, file))) {
    await rm(part);
    // What an earlier attempt left may have been of another file: once more from the start.
    if (resumed) return fetchFile(downloading);
    throw new AgentError('MODEL_UNFIT', `${file.path} came damaged: it is not what the hub announced. Try again.`);
  }
  await rename(part, path);
  return path;
}

async function complete(part: string, downloading: Downloading): Promise<void> {
  const { file, access } = downloading;
  let fruitless = 0;
  let last: unknown;
  while (fruitless < attemptsMax) {
    const before = (await sizeOf(part)) ?? 0;
    if (file.bytes !== undefined && before >= file.bytes) return;
    try {
      await transfer(part, before, downloading);
      if (file.bytes === undefined) return;
    } catch (thrown) {
      if (access.signal.aborted)
        throw new AgentError('MODEL_UNAVAILABLE', `Interrupted: ${goesOn}.`, { cause: thrown });
      if (!mayGoOn(thrown)) throw thrown;
      last = thrown;
    }
    fruitless = ((await sizeOf(part)) ?? 0) > before ? 0 : fruitless + 1;
    // An aborted sleep is over: the next attempt says so.
    if (fruitless < attemptsMax)
      await sleep(fruitless * pauseMs, undefined, { signal: access.signal }).catch(() => undefined);
  }
  const got = (await sizeOf(part)) ?? 0;
  throw new AgentError(
    'MODEL_UNAVAILABLE',
    `${file.path} came to ${got} of ${file.bytes ?? 'unknown'} bytes (${reasonOf(last)}): ${goesOn}.`,
    { cause: last },
  );
}

/** A broken connection may be tried again; what the hub refuses, or the disk, not. */
function mayGoOn(thrown: unknown): boolean {
  if (thrown instanceof AgentError) return thrown.code === 'MODEL_UNAVAILABLE';
  return noRoomFor(thrown) === undefined;
}

async function transfer(part: string, from: number, { repository, file, access, onProgress }: Downloading) {
  const headers = from > 0 ? { range: `bytes=${from}-` } : undefined;
  const response = await ask(fileAddress(repository, file.path), access, { ...(headers && { headers }) });
  if (response.status === 416) {
    await response.body?.cancel();
    return rm(part); // there is not so much: what is here belongs to another file
  }
  await requireFound(response, repository);
  const continues = response.status === 206 && startOf(response) === from;
  const watched = watch(access.signal, access.silenceMs ?? 60_000);
  const handle = await open(part, continues ? 'a' : 'w');
  let at = continues ? from : 0;
  const reader = response.body?.getReader();
  try {
    const cancelled = new Promise<never>((_, reject) => {
      watched.signal.addEventListener('abort', () => reject(watched.signal.reason as Error), { once: true });
    });
    cancelled.catch(() => undefined);
    for (;;) {
      const piece = await Promise.race([reader?.read(), cancelled]);
      if (!piece || piece.done) break;
      watched.heard();
      await handle.appendFile(piece.value);
      onProgress((at += piece.value.length));
    }
    await handle.sync();
  } finally {
    watched.end();
    await handle.close();
    await reader?.cancel().catch(() => undefined);
  }
}

/** Where the content of a partial answer begins (RFC 9110 section 14.4). */
function startOf(response: Response): number | undefined {
  const [, start] = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '') ?? [];
  return start === undefined ? undefined : Number(start);
}

async function isWhole(path: string, { bytes, digest }: HubFile): Promise<boolean> {
  const size = await sizeOf(path);
  if (bytes !== undefined && size !== bytes) return false;
  if (digest === undefined) return true;
  // git names an object by its kind, its size and its content.
  const hash = digest.kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
  return (await hashed(hash, path)) === digest.value;
}

async function hashed(hash: Hash, path: string): Promise<string> {
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}
