import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Context } from 'koa';
import { AgentError } from '#domain/errors';
import { type MediaType, parseAccept } from '#dicomweb/media-type';
import { type OutgoingPart, writeParts } from '#dicomweb/multipart';

/** What the client accepts: the `accept` parameter goes before the header (PS3.18 section 8.3.3.1). */
export function acceptsOf(context: Context): readonly MediaType[] {
  return parseAccept(new URLSearchParams(context.querystring).get('accept') ?? context.get('Accept'));
}

/** Answers with body parts of one type, streamed. */
export function sendParts(
  context: Context,
  type: string,
  parts: AsyncIterable<OutgoingPart> | Iterable<OutgoingPart>,
): void {
  const boundary = randomUUID();
  context.type = `multipart/related; type="${type}"; boundary=${boundary}`;
  context.body = Readable.from(writeParts(parts, boundary), { objectMode: false });
}

/** Answers with data sets in the DICOM JSON model (PS3.18 annex F). Throws NOT_ACCEPTABLE where the client takes no JSON. */
export function sendJson(context: Context, datasets: unknown): void {
  requireJson(context);
  context.body = JSON.stringify(datasets);
  context.type = 'application/dicom+json';
}

export function requireJson(context: Context): void {
  const isTaken = acceptsOf(context).some(
    ({ type, parameters }) => jsonTypes.includes(type) || jsonTypes.includes(parameters.get('type') ?? ''),
  );
  if (!isTaken) throw new AgentError('NOT_ACCEPTABLE', 'Ask for application/dicom+json; XML is not given.');
}

const jsonTypes = ['application/dicom+json', 'application/json', 'application/*', '*/*'];

/** Adds a Warning header with code 299 (PS3.18 section 8.3.4.4). */
export function warn(context: Context, sentence: string): void {
  context.append('Warning', `299 apical "${sentence}"`);
}
