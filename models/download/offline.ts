import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AgentError } from '#domain/errors';
import type { HubRepository } from './hub.ts';

export interface OfflineModel {
  readonly folder: string;
  readonly commit: string | undefined;
}

/**
 * Finds a repository in a folder that was brought along: a cache of Hugging Face's tools, OWNER/NAME or NAME in it, or
 * the folder of the files itself. Throws NOT_FOUND, or MODEL_UNFIT for a file of a cache that is not what its name says.
 */
export async function findOffline(repository: HubRepository, folder: string): Promise<OfflineModel> {
  const { owner, name } = repository;
  for (const cache of [folder, join(folder, 'hub')]) {
    const snapshot = await snapshotOf(join(cache, `models--${owner}--${name}`), repository);
    if (snapshot) {
      await requireNamedContent(snapshot.folder);
      return snapshot;
    }
  }
  for (const place of [join(folder, owner, name), join(folder, name), folder]) {
    if ((await filesOf(place)).some(isWeights)) return { folder: place, commit: undefined };
  }
  throw new AgentError(
    'NOT_FOUND',
    `${folder} holds no weights of ${owner}/${name}: put the files of the repository into ${join(folder, owner, name)}.`,
  );
}

async function snapshotOf(cached: string, { revision }: HubRepository): Promise<OfflineModel | undefined> {
  const snapshots = join(cached, 'snapshots');
  const commits = await filesOf(snapshots);
  const named = await readFile(join(cached, 'refs', revision), 'utf8').catch(() => revision);
  const commit = commits.includes(named.trim())
    ? named.trim()
    : revision === 'main' && commits.length === 1
      ? commits[0]
      : undefined;
  if (commit === undefined || !(await filesOf(join(snapshots, commit))).some(isWeights)) return undefined;
  return { folder: join(snapshots, commit), commit };
}

/** In a cache each file is a link to its content, which is named by its digest: large ones by their SHA-256. */
async function requireNamedContent(folder: string): Promise<void> {
  for (const name of (await filesOf(folder)).filter(isWeights)) {
    const content = await realpath(join(folder, name));
    const promised = basename(content);
    if (!/^[0-9a-f]{64}$/.test(promised)) continue;
    const hash = createHash('sha256');
    for await (const piece of createReadStream(content, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
    if (hash.digest('hex') !== promised)
      throw new AgentError('MODEL_UNFIT', `${name} in the cache is damaged: download it again.`);
  }
}

async function filesOf(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

function isWeights(name: string): boolean {
  return /\.(safetensors|bin|pt|pth|ckpt)$/.test(name);
}
