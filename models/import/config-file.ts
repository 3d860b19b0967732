import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { CheckpointError } from '#models/checkpoint/checkpoint-error';

/** A configuration in JSON, checked; undefined where there is no such file. */
export async function readConfigFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  const name = basename(path);
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new CheckpointError(`${name} cannot be read: check its permissions.`, { cause });
  });
  if (text === undefined) return undefined;
  const result = schema.safeParse(parse(name, text));
  if (result.success) return result.data;
  throw new CheckpointError(
    `${name} is not what this importer understands: ${z.prettifyError(result.error).replaceAll('\n', ' ')}`,
  );
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CheckpointError(`${name} is not JSON: download it again.`, { cause });
  }
}
