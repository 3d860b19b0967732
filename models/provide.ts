import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentError } from '#domain/errors';
import { importModel } from '#models/import/import-model';
import { sha256Of } from '#models/import/model-folder';
import { readManifest } from '#models/imported-model';

interface Wanted {
  readonly id: string;
  /** Where imported models lie, one folder each. */
  readonly modelsFolder: string;
}

interface Embedded {
  readonly weights: URL;
  readonly name: string;
}

// What ships with us. It knows phantoms only: there is something to try out before anybody downloads weights.
const embedded: Readonly<Record<string, Embedded>> = {
  'phantom-echoclip': { weights: new URL('./phantom/weights/echoclip/', import.meta.url), name: 'Phantom EchoCLIP' },
  'phantom-view-classifier': {
    weights: new URL('./phantom/weights/view-classifier/', import.meta.url),
    name: 'Phantom view classifier',
  },
};

/** The folder of an imported model; a model that ships with us is imported when it is first wanted, and again when its weights changed. */
export async function provideModel({ id, modelsFolder }: Wanted): Promise<string> {
  const folder = join(modelsFolder, id);
  const own = Object.hasOwn(embedded, id) ? embedded[id] : undefined;
  if (own) {
    await importEmbedded(own, id, folder);
    return folder;
  }
  if (!(await exists(join(folder, 'manifest.json')))) {
    throw new AgentError(
      'CONFIGURATION_INVALID',
      `There is no model ${id} in the models folder: import it with "apical models import PATH --as ${id}", or set another id.`,
    );
  }
  return folder;
}

async function importEmbedded({ weights, name }: Embedded, id: string, folder: string): Promise<void> {
  const from = fileURLToPath(weights);
  if (await isCurrent(from, folder)) return;
  await rm(folder, { recursive: true, force: true });
  try {
    await importModel({ from, into: folder, id, name, manufacturer: 'Apical', phantomOnly: true });
  } catch (thrown) {
    if (!(await isCurrent(from, folder))) throw thrown; // else another process of ours was quicker
  }
}

/** True where the folder holds what the weights would become. */
async function isCurrent(from: string, folder: string): Promise<boolean> {
  const manifest = await readManifest(folder).catch(() => undefined); // damaged or of an older form: imported again
  if (!manifest) return false;
  for (const { file, sha256 } of manifest.sources) {
    const path = join(from, file);
    if (!(await exists(path)) || (await sha256Of(path)) !== sha256) return false;
  }
  for (const { file, sha256 } of Object.values(manifest.files)) {
    const path = join(folder, file);
    if (!(await exists(path)) || (await sha256Of(path)) !== sha256) return false;
  }
  return (await calibrationIn(from)) === (await calibrationIn(folder));
}

async function calibrationIn(folder: string): Promise<string | undefined> {
  const name = 'calibration.json';
  return (await readdir(folder)).includes(name) ? readFile(join(folder, name), 'utf8') : undefined;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
