import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError } from '#domain/errors';

/** The files named, and all files below the folders named, in order. Throws NOT_FOUND. */
export async function filesBelow(paths: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch((cause: unknown) => {
      throw new AgentError('NOT_FOUND', `${path} cannot be opened.`, { cause });
    });
    if (!found.isDirectory()) {
      files.push(path);
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const below = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    files.push(...below.sort());
  }
  if (files.length === 0) throw new AgentError('NOT_FOUND', `There are no files in ${paths.join(', ')}.`);
  return files;
}
