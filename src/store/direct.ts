import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What goes to a disk directly begins in memory, lies in the file, and is long at multiples of this. */
export const blockBytes = 4096;

const wasmPageBytes = 1 << 16;

/** Memory that begins at the beginning of a page, which no other kind in JavaScript does for certain. */
export function pageAligned(bytes: number): ArrayBuffer {
  const pages = Math.ceil(bytes / wasmPageBytes);
  return new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer;
}

/** Flags that make a new file whose content goes past the system's cache. Linux only. */
export const directFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_DIRECT ?? 0);

/** Whether the folder's file system lets content go to the disk directly: some do not. */
export async function takesDirectWrites(folder: string): Promise<boolean> {
  if (constants.O_DIRECT === undefined) return false;
  const path = join(folder, 'direct.part');
  try {
    const file = await open(path, directFlags);
    try {
      await file.write(new Uint8Array(pageAligned(blockBytes)), 0, blockBytes);
    } finally {
      await file.close();
    }
    return true;
  } catch {
    return false; // whatever it is, the usual way tells
  } finally {
    await rm(path, { force: true });
  }
}
