import { Readable } from 'node:stream';
import type { Context } from 'koa';
import { AgentError } from '#domain/errors';
import type { Instance } from '#domain/instance';
import type { PartReader } from '#src/ports';
import type { OutgoingPart } from '#dicomweb/multipart';
import { type Encoding, frameEncoding, type Wrapping, wrappingFor } from './media-types.ts';
import { acceptsOf, sendParts } from './respond.ts';

export interface FrameRequest {
  readonly parts: PartReader;
  readonly path: string;
  /** The instance's own address. */
  readonly url: string;
  /** From 0. */
  readonly frameIndices: readonly number[];
}

/** Answers with frames in the encoding in which they are stored (PS3.18 section 10.4.1.1.6), a few at a time. */
export async function sendFrames(context: Context, instance: Instance, request: FrameRequest): Promise<void> {
  const { encoding, wrapping } = agree(context, instance, request.frameIndices.length > 1);
  const contentType = `${encoding.type};transfer-syntax=${encoding.transferSyntax}`;
  const first = await readSome(request, 0); // a file that cannot be read is said by the status
  if (wrapping === 'multipart') return sendParts(context, encoding.type, partsOf(request, first, contentType));
  context.body = Buffer.from(first[0]!);
  context.type = contentType;
}

/** Answers with the whole pixel data: native ones as one value, others with a part for each frame (PS3.18 section 10.4.1.1.5). */
export async function sendPixelData(
  context: Context,
  instance: Instance,
  { parts, path, url }: Omit<FrameRequest, 'frameIndices'>,
): Promise<void> {
  const { count } = await parts.encodedFrames(path, []); // throws where there are not as many frames as the header says
  const request = { parts, path, url, frameIndices: Array.from({ length: count }, (_, index) => index) };
  const isNative = frameEncoding(instance.facts.transferSyntax)?.type === 'application/octet-stream';
  if (!isNative) return sendFrames(context, instance, request);
  const { encoding, wrapping } = agree(context, instance, false);
  const contentType = `${encoding.type};transfer-syntax=${encoding.transferSyntax}`;
  if (wrapping === 'single') {
    context.body = Readable.from(frameBytes(request), { objectMode: false });
    context.type = contentType;
    return;
  }
  const headers = { 'Content-Type': contentType, 'Content-Location': `${url}/bulkdata` };
  sendParts(context, encoding.type, [{ headers, body: frameBytes(request) }]);
}

/** What the client takes of what is stored. Throws NOT_ACCEPTABLE. */
function agree(
  context: Context,
  instance: Instance,
  isMany: boolean,
): { readonly encoding: Encoding; readonly wrapping: Wrapping } {
  const { transferSyntax } = instance.facts;
  const encoding = frameEncoding(transferSyntax);
  if (!encoding)
    throw new AgentError('NOT_ACCEPTABLE', `Frames of transfer syntax ${transferSyntax} are not given singly.`);
  const wrapping = wrappingFor(acceptsOf(context), encoding);
  if (wrapping && !(wrapping === 'single' && isMany)) return { encoding, wrapping };
  throw new AgentError(
    'NOT_ACCEPTABLE',
    `The frames are stored as ${encoding.type}: ask for multipart/related; type="${encoding.type}"; transfer-syntax=${encoding.transferSyntax}.`,
  );
}

/** The numbers of a frame list, from 1 as in the URL, as indices from 0. Throws REQUEST_INVALID or NOT_FOUND. */
export function parseFrameList(list: string, frames: number): readonly number[] {
  const numbers = list.split(',').map((text) => (/^\d{1,9}$/.test(text) ? Number(text) : 0));
  if (numbers.includes(0))
    throw new AgentError('REQUEST_INVALID', 'A frame list holds numbers from 1, parted by commas.');
  if (Math.max(...numbers) > frames) throw new AgentError('NOT_FOUND', `The object has ${frames} frames.`);
  if (numbers.length > frames) throw new AgentError('REQUEST_INVALID', 'A frame list names each frame once.');
  return numbers.map((number) => number - 1);
}

async function* partsOf(
  request: FrameRequest,
  first: readonly Uint8Array[],
  contentType: string,
): AsyncGenerator<OutgoingPart, void, void> {
  for (let start = 0; start < request.frameIndices.length; start += framesAtOnce)
    for (const [at, bytes] of (start === 0 ? first : await readSome(request, start)).entries()) {
      const number = request.frameIndices[start + at]! + 1;
      const headers = { 'Content-Type': contentType, 'Content-Location': `${request.url}/frames/${number}` };
      yield { headers, body: [bytes] };
    }
}

async function* frameBytes(request: FrameRequest): AsyncGenerator<Uint8Array, void, void> {
  for (let start = 0; start < request.frameIndices.length; start += framesAtOnce) yield* await readSome(request, start);
}

// Each frame read is held, 1.5 MB for native colour.
const framesAtOnce = 8;

async function readSome({ parts, path, frameIndices }: FrameRequest, start: number): Promise<readonly Uint8Array[]> {
  return (await parts.encodedFrames(path, frameIndices.slice(start, start + framesAtOnce))).frames;
}
