import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openBytes, type ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { readSafetensors } from './safetensors.ts';
import type { TensorMap } from './tensor.ts';
import { legacyMagic, readTorchLegacy, readTorchZip } from './torch-file.ts';

/** A file of weights, opened: its tensors' names and shapes are known, their numbers are read when asked for. */
export interface Checkpoint {
  /** The weights file. */
  readonly path: string;
  /** Names are without the prefixes that trainers add (`module.`, `model.`, `convnext.`). */
  readonly tensors: TensorMap;
  close(): Promise<void>;
}

/** Opens a weights file (safetensors, or torch.save's ZIP and older format), or the one in a folder, told apart by content. */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const weights = await findWeights(path);
  const source = await openBytes(weights);
  try {
    const tensors = withoutPrefixes(wellNamed(await readTensors(source)));
    if (tensors.size === 0)
      throw new CheckpointError(`${source.name} holds no tensors: give the file of the model's weights.`);
    return { path: weights, tensors, close: () => source.close() };
  } catch (fault) {
    await source.close();
    throw fault;
  }
}

async function readTensors(source: ByteSource): Promise<TensorMap> {
  const start = await source.read(0, Math.min(source.size, legacyMagic.length));
  if (start.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) return readTorchZip(source);
  if (start.equals(legacyMagic)) return readTorchLegacy(source);
  if (start[8] === '{'.charCodeAt(0)) return readSafetensors(source);
  throw new CheckpointError(
    `${source.name} is no checkpoint (neither safetensors nor torch.save), or its first bytes are damaged: download it again.`,
  );
}

/** The tensors, where their names are such as libraries write: they stand in messages. */
function wellNamed(tensors: TensorMap): TensorMap {
  if ([...tensors.keys()].some((name) => !/^[\w .:/-]{1,300}$/.test(name)))
    throw new CheckpointError(
      'The checkpoint has a tensor whose name no library writes: it is damaged; download it again.',
    );
  return tensors;
}

const preferredWeights = [
  'open_clip_model.safetensors',
  'open_clip_pytorch_model.safetensors',
  'open_clip_pytorch_model.bin',
];

async function findWeights(path: string): Promise<string> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw new CheckpointError('There is no such file or folder: give the path of a checkpoint.', { cause });
  });
  if (facts.isFile()) return path;
  if (!facts.isDirectory())
    throw new CheckpointError('This is neither a file nor a folder: give the path of a checkpoint.');
  const candidates = (await readdir(path)).filter((name) => /\.(safetensors|bin|pt|pth|ckpt)$/.test(name)).toSorted();
  const preferred = preferredWeights.find((name) => candidates.includes(name));
  const chosen = preferred ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (chosen !== undefined) return join(path, chosen);
  const found = candidates.length === 0 ? 'no file of weights' : `several (${candidates.slice(0, 8).join(', ')})`;
  throw new CheckpointError(`The folder holds ${found}: give the path of the one file.`);
}

const trainerPrefixes = ['module.', '_orig_mod.', 'model.', 'convnext.'];

function withoutPrefixes(tensors: TensorMap): TensorMap {
  const names = [...tensors.keys()];
  const prefix = trainerPrefixes.find(
    (candidate) => names.length > 0 && names.every((name) => name.startsWith(candidate)),
  );
  if (prefix === undefined) return tensors;
  return withoutPrefixes(
    new Map(
      [...tensors.values()].map((tensor) => {
        const name = tensor.name.slice(prefix.length);
        return [name, { ...tensor, name }];
      }),
    ),
  );
}
