import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { importer, importModel, type ImportRequest } from '#models/import/import-model';
import { sha256Of } from '#models/import/model-folder';
import { readManifest } from './imported-model.ts';

/** Imports weights, in both precisions, where that was not done yet, and again where weights, thresholds or the result changed since, or the importer did. */
export async function importEmbedded(request: Omit<ImportRequest, 'alsoFloat16'>): Promise<void> {
  const { from, into } = request;
  if (await isCurrent(from, into)) return;
  await rm(into, { recursive: true, force: true });
  try {
    await importModel({ ...request, alsoFloat16: true });
  } catch (thrown) {
    if (!(await isCurrent(from, into))) throw thrown; // else another process was quicker
  }
}

/** True where the folder holds what the weights would become. */
async function isCurrent(from: string, folder: string): Promise<boolean> {
  const manifest = await readManifest(folder).catch(() => undefined); // damaged, or of an older form: imported again
  if (!manifest?.float16Files || manifest.importer !== importer) return false;
  const promised = [
    ...manifest.sources.map(({ file, sha256 }) => ({ path: join(from, file), sha256 })),
    ...[...Object.values(manifest.files), ...Object.values(manifest.float16Files)].map(({ file, sha256 }) => ({
      path: join(folder, file),
      sha256,
    })),
  ];
  for (const { path, sha256 } of promised) {
    if (!(await isFile(path)) || (await sha256Of(path)) !== sha256) return false;
  }
  return (await calibrationIn(from)) === (await calibrationIn(folder));
}

async function calibrationIn(folder: string): Promise<string | undefined> {
  const name = 'calibration.json';
  return (await readdir(folder)).includes(name) ? readFile(join(folder, name), 'utf8') : undefined;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
