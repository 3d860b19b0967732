import type { Context } from 'koa';
import { AgentError } from '#domain/errors';
import type { PartReader } from '#src/ports';
import { type Encoding, wrappingFor } from './media-types.ts';
import { acceptsOf, sendParts } from './respond.ts';

const octets: Encoding = { type: 'application/octet-stream', transferSyntax: '1.2.840.10008.1.2.1' };

/** Answers with one long binary value that metadata name by address, such as a palette (PS3.18 section 10.4.1.1.5). */
export async function sendBulkValue(
  context: Context,
  parts: PartReader,
  { path, tag, url }: { readonly path: string; readonly tag: string; readonly url: string },
): Promise<void> {
  const wrapping = wrappingFor(acceptsOf(context), octets);
  if (!wrapping) throw new AgentError('NOT_ACCEPTABLE', 'Bulk data are given as application/octet-stream.');
  const bytes = await parts.bulkValue(path, tag);
  if (!bytes) throw new AgentError('NOT_FOUND', 'The object has no bulk data of that tag.');
  if (wrapping === 'multipart') {
    const headers = { 'Content-Type': octets.type, 'Content-Location': `${url}/bulkdata/${tag}` };
    return sendParts(context, octets.type, [{ headers, body: [bytes] }]);
  }
  context.body = Buffer.from(bytes);
  context.type = octets.type;
}
