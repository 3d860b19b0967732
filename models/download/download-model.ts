import { join } from 'node:path';
import { AgentError } from '#domain/errors';
import { downloadFile } from './download-file.ts';
import { headOf, listFiles, type HubAccess, type HubFile, type HubRepository } from './hub.ts';

/** Weights as the importer takes them, the best form first. */
const weightFiles = [
  'open_clip_model.safetensors',
  'open_clip_pytorch_model.safetensors',
  'open_clip_pytorch_model.bin',
  'model.safetensors',
  'pytorch_model.bin',
];
/** What may stand beside weights and is small: configurations, and the vocabularies of a template tokenizer. */
const companions = ['open_clip_config.json', 'config.json', 'template_vocab.txt', 'blank_wordpiece.tokenizer'];

export interface ModelDownload {
  readonly repository: HubRepository;
  readonly access: HubAccess;
  /** The folder for downloads; each commit has its own below. */
  readonly downloads: string;
  onProgress(bytes: number, total: number): void;
}

export interface DownloadedModel {
  readonly folder: string;
  readonly commit: string | undefined;
  readonly licence: string | undefined;
  /** False where the hub gave no digest to hold the weights to. */
  readonly verified: boolean;
}

/** Fetches what the importer needs of a repository, and no more. Throws NOT_FOUND, REQUEST_INVALID, MODEL_UNAVAILABLE or MODEL_UNFIT. */
export async function downloadModel(wanted: ModelDownload): Promise<DownloadedModel> {
  const { repository, access } = wanted;
  const listing = await listFiles(repository, access);
  const listed = (path: string): boolean => listing === undefined || listing.files.includes(path);
  const weights = await weightsOf(repository, listing?.files, access);
  const commit = weights.commit ?? 'unknown';
  // From here on one commit, whatever is pushed meanwhile.
  const fixed = { ...repository, revision: weights.commit ?? repository.revision };
  const beside = await Promise.all(companions.filter(listed).map((path) => headOf(fixed, path, access)));
  const files = [...beside.filter((file) => file !== undefined), weights];
  const folder = join(
    wanted.downloads,
    `${repository.owner}--${repository.name}--${commit.replaceAll(/[^\w.-]/g, '-')}`,
  );
  const total = files.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  let before = 0;
  for (const file of files) {
    const onProgress = (bytes: number): void => wanted.onProgress(before + bytes, total);
    await downloadFile({ repository: fixed, file, into: folder, access, onProgress });
    before += file.bytes ?? 0;
    wanted.onProgress(before, total);
  }
  return {
    folder,
    commit: weights.commit,
    licence: listing?.licence,
    verified: files.every(({ digest }) => digest !== undefined),
  };
}

async function weightsOf(
  repository: HubRepository,
  files: readonly string[] | undefined,
  access: HubAccess,
): Promise<HubFile> {
  const others = (files ?? []).filter((path) => /^[^/]+\.(safetensors|bin|pt|pth|ckpt)$/.test(path));
  const preferred = weightFiles.filter((path) => files === undefined || others.includes(path));
  const candidates = preferred.length > 0 || others.length !== 1 ? preferred : others;
  for (const path of candidates) {
    const file = await headOf(repository, path, access);
    if (file) return file;
  }
  const found =
    others.length === 0 ? 'no file of weights that is known here' : `several (${others.slice(0, 8).join(', ')})`;
  throw new AgentError(
    'NOT_FOUND',
    `${repository.owner}/${repository.name} has ${found}: download the right one and give its path instead.`,
  );
}
