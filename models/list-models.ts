import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asAgentError } from '#domain/errors';
import type { ModelManifest } from '#models/import/manifest';
import { readManifest } from './imported-model.ts';
import { embeddedIds, isEmbedded } from './provide.ts';

/** A model that can be set, or a folder that should be one and why it is not. */
export type ListedModel =
  | {
      readonly kind: 'imported';
      readonly id: string;
      readonly embedded: boolean;
      readonly manifest: ModelManifest;
    }
  | { readonly kind: 'not-yet-imported'; readonly id: string; readonly embedded: true }
  | { readonly kind: 'unreadable'; readonly id: string; readonly embedded: boolean; readonly reason: string };

/** What lies in the models folder, and what ships with us, by id. */
export async function listModels(modelsFolder: string): Promise<readonly ListedModel[]> {
  const entries = await readdir(modelsFolder, { withFileTypes: true }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [];
    throw thrown;
  });
  // A folder that begins with a point is an import under way.
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  const ids = [...new Set([...embeddedIds, ...folders.map(({ name }) => name)])].sort();
  return Promise.all(
    ids.map(async (id): Promise<ListedModel> => {
      const embedded = isEmbedded(id);
      if (embedded && !folders.some(({ name }) => name === id)) return { kind: 'not-yet-imported', id, embedded };
      return readManifest(join(modelsFolder, id)).then(
        (manifest): ListedModel => ({ kind: 'imported', id, embedded, manifest }),
        (thrown: unknown) => ({ kind: 'unreadable', id, embedded, reason: asAgentError(thrown).detail }),
      );
    }),
  );
}
