import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolders } from '#store/files';

/** How many objects were refused and kept for a look, by the code of their fault. */
export async function quarantined(dataFolder: string): Promise<ReadonlyMap<string, number>> {
  const { quarantine } = dataFolders(dataFolder);
  const names = await readdir(quarantine).catch(() => []);
  const counts = new Map<string, number>();
  for (const name of names.filter((each) => each.endsWith('.json'))) {
    const code = codeIn(await readFile(join(quarantine, name), 'utf8'));
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}

/** A note may have been cut off when the process died. */
function codeIn(note: string): string {
  return /"code": "([A-Z_]+)"/.exec(note)?.[1] ?? 'note unreadable';
}
