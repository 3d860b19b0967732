import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentError } from '#domain/errors';
import { importEmbedded } from './import-embedded.ts';

interface Wanted {
  readonly id: string;
  /** Where imported models lie, one folder each. */
  readonly modelsFolder: string;
}

// What ships with us. It knows phantoms only: there is something to try out before anybody downloads weights.
const embedded: Readonly<Record<string, { readonly weights: URL; readonly name: string }>> = {
  'phantom-echoclip': { weights: new URL('./phantom/weights/echoclip/', import.meta.url), name: 'Phantom EchoCLIP' },
  'phantom-view-classifier': {
    weights: new URL('./phantom/weights/view-classifier/', import.meta.url),
    name: 'Phantom view classifier',
  },
};

/** True for a model that ships with us. */
export function isEmbedded(id: string): boolean {
  return Object.hasOwn(embedded, id);
}

/** The ids of what ships with us. */
export const embeddedIds: readonly string[] = Object.keys(embedded);

/** The folder of an imported model; a model that ships with us is imported when it is first wanted. */
export async function provideModel({ id, modelsFolder }: Wanted): Promise<string> {
  const folder = join(modelsFolder, id);
  const own = isEmbedded(id) ? embedded[id] : undefined;
  if (own) {
    const from = fileURLToPath(own.weights);
    await importEmbedded({
      from,
      into: folder,
      id,
      name: own.name,
      manufacturer: 'Apical',
      licence: 'Apache-2.0, with this program.',
      phantomOnly: true,
    });
    return folder;
  }
  if ((await stat(join(folder, 'manifest.json')).catch(() => undefined)) === undefined) {
    throw new AgentError(
      'CONFIGURATION_INVALID',
      `There is no model ${id} in the models folder: import it with "apical models import PATH --as ${id}", or set another id.`,
    );
  }
  return folder;
}
