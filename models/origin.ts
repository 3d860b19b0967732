import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AgentError } from '#domain/errors';

const schema = z.strictObject({
  /** `hf:owner/name`, or the name of the file or folder that was given. */
  source: z.string().min(1),
  /** Address of the hub it came from. */
  hub: z.string().optional(),
  /** The commit of the hub's repository. */
  commit: z.string().optional(),
  /** As the hub's card words it; the authors' repository may say otherwise. */
  licence: z.string().optional(),
  importedOn: z.iso.date(),
});

/** Where an imported model came from. */
export type ModelOrigin = z.infer<typeof schema>;

const fileName = 'origin.json';

/** Notes the origin beside the graphs. */
export async function writeOrigin(folder: string, origin: ModelOrigin): Promise<void> {
  await writeFile(join(folder, fileName), `${JSON.stringify(schema.parse(origin), undefined, 2)}\n`);
}

/** The origin, where it was noted. Throws MODEL_UNFIT for a note that cannot be read. */
export async function readOrigin(folder: string): Promise<ModelOrigin | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(join(folder, fileName), 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AgentError('MODEL_UNFIT', `Its ${fileName} cannot be read: import the model again.`, { cause });
  }
}
