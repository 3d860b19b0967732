import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AgentError } from '#domain/errors';
import { noRoomFor } from '#models/no-room';

/** Makes a folder whole or not at all: it is filled beside its place, synced, and then renamed. */
export async function makeFolder<Result>(into: string, fill: (folder: string) => Promise<Result>): Promise<Result> {
  if (await stat(into).catch(() => undefined))
    throw new AgentError(
      'REQUEST_INVALID',
      `There is a folder ${basename(into)} already: remove it first, or choose another name.`,
    );
  await mkdir(dirname(into), { recursive: true });
  const partial = await mkdtemp(join(dirname(into), `.${basename(into)}-`));
  try {
    const result = await fill(partial);
    await sync(partial);
    await rename(partial, into);
    await sync(dirname(into));
    return result;
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    const reason = noRoomFor(cause);
    if (reason !== undefined)
      throw new AgentError('STORAGE_FULL', `${reason}: nothing was kept of the model ${basename(into)}.`, { cause });
    throw cause;
  }
}

/** Writes a file piece by piece, syncs it, and gives the SHA-256 of its content. */
export async function writeFileOnce(
  path: string,
  write: (sink: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<string> {
  const file = await open(path, 'wx');
  const hash = createHash('sha256');
  try {
    await write(async (bytes) => {
      hash.update(bytes);
      await file.appendFile(bytes);
    });
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

/** SHA-256 of a file of any size. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest('hex');
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
