import { readFile, writeFile } from 'node:fs/promises';
import { AgentError } from '#domain/errors';
import { formatNpy, parseNpy, type NpyArray } from '#models/npy';

/** Reads an .npy file. Throws NOT_FOUND or REQUEST_INVALID. */
export async function readArray(path: string): Promise<NpyArray> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new AgentError('NOT_FOUND', `${path} cannot be opened.`, { cause });
  });
  try {
    return parseNpy(bytes);
  } catch (cause) {
    throw new AgentError('REQUEST_INVALID', `${path}: ${(cause as Error).message}.`, { cause });
  }
}

/** Writes an .npy file, over one that is there. Throws REQUEST_INVALID. */
export async function writeArray(path: string, array: NpyArray): Promise<void> {
  await writeFile(path, formatNpy(array)).catch((cause: NodeJS.ErrnoException) => {
    throw new AgentError('REQUEST_INVALID', `${path} cannot be written (${cause.code}).`, { cause });
  });
}

/** The file to write that a command was told. Throws REQUEST_INVALID. */
export function outFile(options: Readonly<Record<string, unknown>>): string {
  const { out } = options as { out?: string };
  if (out === undefined) throw new AgentError('REQUEST_INVALID', 'Say what file to write, as in --out FILE.npy.');
  return out;
}
