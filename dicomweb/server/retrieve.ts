import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Context } from 'koa';
import { AgentError } from '#domain/errors';
import type { Instance } from '#domain/instance';
import type { InstanceFiles } from '#src/ports';
import type { OutgoingPart } from '#dicomweb/multipart';
import { type Wrapping, wrappingFor } from './media-types.ts';
import { acceptsOf, sendParts } from './respond.ts';
import type { Urls } from './urls.ts';

interface Stored {
  readonly instance: Instance;
  readonly path: string;
  readonly bytes: number;
}

/** Answers with the stored files as they are (PS3.18 section 10.4): streamed, never transcoded. */
export async function sendInstances(
  context: Context,
  instances: readonly Instance[],
  { files, urls }: { readonly files: Pick<InstanceFiles, 'path'>; readonly urls: Urls },
): Promise<void> {
  const given = instances.map((instance) => ({ instance, wrapping: wrappingOf(context, instance) }));
  const accepted = given.filter(({ wrapping }) => wrapping !== undefined);
  if (accepted.length === 0)
    throw new AgentError('NOT_ACCEPTABLE', 'Ask for multipart/related; type="application/dicom"; transfer-syntax=*.');
  const stored = await Promise.all(accepted.map(({ instance }) => locate(files, instance)));
  // Partial content, where some are stored in another transfer syntax than was asked for (PS3.18 table 8.5-1).
  context.status = accepted.length < instances.length ? 206 : 200;
  const [only] = stored;
  if (only && stored.length === 1 && accepted[0]?.wrapping === 'single') {
    context.type = contentType(only.instance);
    context.body = createReadStream(only.path);
    context.length = only.bytes;
  } else
    sendParts(
      context,
      dicom,
      stored.map((one) => part(one, urls)),
    );
}

const dicom = 'application/dicom';

function wrappingOf(context: Context, { facts }: Instance): Wrapping | undefined {
  return wrappingFor(acceptsOf(context), { type: dicom, transferSyntax: facts.transferSyntax });
}

function part({ instance, path, bytes }: Stored, urls: Urls): OutgoingPart {
  return {
    headers: {
      'Content-Type': contentType(instance),
      'Content-Length': String(bytes),
      'Content-Location': urls.instance(instance.facts),
    },
    body: opened(path),
  };
}

/** Opens the file only when its turn has come. */
async function* opened(path: string): AsyncGenerator<Uint8Array, void, void> {
  yield* createReadStream(path);
}

function contentType({ facts }: Instance): string {
  return `${dicom};transfer-syntax=${facts.transferSyntax}`;
}

async function locate(files: Pick<InstanceFiles, 'path'>, instance: Instance): Promise<Stored> {
  const path = files.path(instance);
  try {
    return { instance, path, bytes: (await stat(path)).size };
  } catch (cause) {
    throw new AgentError('FILE_MISSING', instance.facts.sopInstance, { cause });
  }
}
