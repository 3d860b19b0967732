import { open } from 'node:fs/promises';

/** Makes the names in a folder durable. Whoever asks while a sync of the same folder is under way shares the next one. */
export function createFolderSync(): (folder: string) => Promise<void> {
  const underWay = new Map<string, Promise<void>>();
  const next = new Map<string, Promise<void>>();

  const begin = (folder: string): Promise<void> => {
    const syncing = sync(folder).finally(() => underWay.delete(folder));
    underWay.set(folder, syncing);
    return syncing;
  };
  const after = async (before: Promise<void>, folder: string): Promise<void> => {
    await before.catch(() => undefined); // told to those who waited for it
    next.delete(folder);
    await begin(folder);
  };
  return (folder) => {
    const before = underWay.get(folder);
    if (!before) return begin(folder);
    const shared = next.get(folder) ?? after(before, folder);
    next.set(folder, shared);
    return shared;
  };
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
