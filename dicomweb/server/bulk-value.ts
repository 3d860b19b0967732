import type { Context } from 'koa';
import { withFile } from '#dicom/byte-source';
import { readPart10 } from '#dicom/part10';
import { bulkValue } from '#dicom/values';
import { AgentError } from '#domain/errors';
import { type Encoding, wrappingFor } from './media-types.ts';
import { acceptsOf, sendParts } from './respond.ts';

const octets: Encoding = { type: 'application/octet-stream', transferSyntax: '1.2.840.10008.1.2.1' };

/** Answers with one long binary value that metadata name by address, such as a palette (PS3.18 section 10.4.1.1.5). */
export function sendBulkValue(
  context: Context,
  { path, tag, url }: { readonly path: string; readonly tag: string; readonly url: string },
): void {
  const wrapping = wrappingFor(acceptsOf(context), octets);
  if (!wrapping) throw new AgentError('NOT_ACCEPTABLE', 'Bulk data are given as application/octet-stream.');
  const bytes = withFile(path, (source) => bulkValue(readPart10(source), tag));
  if (!bytes) throw new AgentError('NOT_FOUND', 'The object has no bulk data of that tag.');
  if (wrapping === 'multipart') {
    const headers = { 'Content-Type': octets.type, 'Content-Location': `${url}/bulkdata/${tag}` };
    return sendParts(context, octets.type, [{ headers, body: [bytes] }]);
  }
  context.body = bytes;
  context.type = octets.type;
}
