import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError } from '#domain/errors';
import { isSealed, manifestSchema, type GraphRole, type ModelManifest } from '#models/import/manifest';
import { sha256Of } from '#models/import/model-folder';
import type { Runtime, Session } from './runtime.ts';

/** Numbers that graphs compute with; what goes in and comes out is single precision in either case. */
export type Precision = 'fp32' | 'fp16';

/** An imported model, and its graphs as they are needed. */
export interface ImportedModel {
  readonly manifest: ModelManifest;
  /** Loads a graph once its bytes are those that the manifest promises. Throws MODEL_UNFIT. */
  open(role: GraphRole): Promise<Session>;
}

interface Opening {
  readonly runtime: Pick<Runtime, 'open'>;
  readonly precision?: Precision | undefined;
}

/** Opens the folder of a model of the kind wanted. Throws MODEL_UNFIT. */
export async function openImportedModel(
  folder: string,
  kind: ModelManifest['kind'],
  { runtime, precision = 'fp32' }: Opening,
): Promise<ImportedModel> {
  const manifest = await readManifest(folder);
  if (manifest.kind !== kind) throw unfit(`The model ${manifest.id} is of kind ${manifest.kind}; wanted is ${kind}.`);
  return {
    manifest,
    async open(role) {
      const promised = promisedFile(manifest, role, precision);
      const path = join(folder, promised.file);
      if ((await sha256Of(path)) !== promised.sha256) {
        throw unfit(`The ${role} graph of the model ${manifest.id} was changed after its import: import it again.`);
      }
      return runtime.open(path);
    },
  };
}

function promisedFile({ id, files, float16Files }: ModelManifest, role: GraphRole, precision: Precision) {
  // Grad-CAM reads single precision features in either case.
  const promised = precision === 'fp16' && role !== 'grad-cam' ? float16Files?.[role] : files[role];
  if (promised) return promised;
  if (role === 'grad-cam') throw unfit(`The model ${id} has no Grad-CAM: use integrated-gradients.`);
  const half = precision === 'fp16' ? ' in half precision' : '';
  throw unfit(
    `The model ${id} has no ${role} graph${half}: import it again${half === '' ? '' : ', or set models.precision to fp32'}.`,
  );
}

/** The manifest of a model's folder. Throws MODEL_UNFIT. */
export async function readManifest(folder: string): Promise<ModelManifest> {
  const manifest = await readFile(join(folder, 'manifest.json'), 'utf8')
    .then((json) => manifestSchema.parse(JSON.parse(json)))
    .catch((cause: unknown) => {
      throw new AgentError('MODEL_UNFIT', 'Its manifest cannot be read: import the model again.', { cause });
    });
  if (!isSealed(manifest)) throw unfit('Its manifest was changed after its import: import the model again.');
  return manifest;
}

function unfit(detail: string): AgentError {
  return new AgentError('MODEL_UNFIT', detail);
}
