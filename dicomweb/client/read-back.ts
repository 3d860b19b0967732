import { readFile } from 'node:fs/promises';
import { differences } from '#dicom/differences';
import { AgentError } from '#domain/errors';
import type { Instance } from '#domain/instance';
import { createRetrieve } from './retrieve.ts';
import type { Send } from './service.ts';

/** An archive may add to an object; one that sends back much more than it was sent means no good. */
const growthMax = 1 << 20;

/**
 * Fetches an instance that was stored and compares it with what was sent. Throws DESTINATION_REFUSED where it is another
 * object now, which a person must look at, and DESTINATION_BUSY where it is not given back yet.
 */
export function createReadBack(name: string, send: Send) {
  const retrieve = createRetrieve(name, send);
  return async ({ facts, bytes }: Instance, path: string, signal: AbortSignal): Promise<void> => {
    const fetched = await collect(retrieve(facts, signal), bytes + growthMax).catch((cause: unknown) => {
      signal.throwIfAborted();
      if (cause instanceof AgentError && cause.code === 'DESTINATION_UNREACHABLE') throw cause;
      throw new AgentError('DESTINATION_BUSY', `${name}: the instance is not given back.`, { cause });
    });
    const differing = differencesOf(await readFile(path), fetched);
    if (differing.length > 0)
      throw new AgentError(
        'DESTINATION_REFUSED',
        `${name}: what it keeps differs from what it was sent, in ${differing.slice(0, 8).join(', ')}.`,
      );
  };
}

function differencesOf(sent: Buffer, fetched: Buffer): readonly string[] {
  try {
    return differences(sent, fetched);
  } catch {
    return ['everything: it cannot be read'];
  }
}

async function collect(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new RangeError('It is longer than what was sent.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
