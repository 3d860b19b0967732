import { copyFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createEchoClipRTokenizer, baseFile, phrasesFile } from './echoclip-r.ts';

/** Keeps the user's copy of a template vocabulary beside a model's graphs, where `from` holds one. Throws CONFIGURATION_INVALID. */
export async function keepVocabulary(from: string, into: string): Promise<void> {
  const folder = (await stat(from)).isDirectory() ? from : dirname(from);
  if (!(await isFile(join(folder, phrasesFile)))) return;
  createEchoClipRTokenizer(folder, 0);
  for (const name of [baseFile, phrasesFile]) {
    if (await isFile(join(folder, name))) await copyFile(join(folder, name), join(into, name));
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
