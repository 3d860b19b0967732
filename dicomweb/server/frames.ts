import type { Context } from 'koa';
import { AgentError } from '#domain/errors';
import type { Instance } from '#domain/instance';
import type { OutgoingPart } from '#dicomweb/multipart';
import { frameEncoding, wrappingFor } from './media-types.ts';
import { acceptsOf, sendParts } from './respond.ts';

/** Reads frames of a stored file as they are encoded in it; indices count from 0. */
export type ReadEncodedFrames = (path: string, frameIndices: readonly number[]) => Promise<readonly Uint8Array[]>;

export interface FrameRequest {
  readonly path: string;
  /** The instance's own address. */
  readonly url: string;
  /** From 0. */
  readonly frameIndices: readonly number[];
  readonly readEncodedFrames: ReadEncodedFrames;
}

/** Answers with frames in the encoding in which they are stored (PS3.18 section 10.4.1.1.6), read one at a time. */
export async function sendFrames(context: Context, instance: Instance, request: FrameRequest): Promise<void> {
  const { transferSyntax } = instance.facts;
  const encoding = frameEncoding(transferSyntax);
  if (!encoding)
    throw new AgentError('NOT_ACCEPTABLE', `Frames of transfer syntax ${transferSyntax} are not given singly.`);
  const wrapping = wrappingFor(acceptsOf(context), encoding);
  if (!wrapping || (wrapping === 'single' && request.frameIndices.length > 1))
    throw new AgentError(
      'NOT_ACCEPTABLE',
      `The frames are stored as ${encoding.type}: ask for multipart/related; type="${encoding.type}"; transfer-syntax=${encoding.transferSyntax}.`,
    );
  const contentType = `${encoding.type};transfer-syntax=${encoding.transferSyntax}`;
  const first = await readOne(request, request.frameIndices[0] ?? 0); // a file that cannot be read is said by the status
  if (wrapping === 'single') {
    context.body = Buffer.from(first.buffer, first.byteOffset, first.byteLength);
    context.type = contentType;
  } else sendParts(context, encoding.type, parts(request, first, contentType));
}

/** The numbers of a frame list, from 1 as in the URL, as indices from 0. Throws REQUEST_INVALID or NOT_FOUND. */
export function parseFrameList(list: string, frames: number): readonly number[] {
  const numbers = list.split(',').map((text) => (/^\d{1,9}$/.test(text) ? Number(text) : 0));
  if (numbers.includes(0) || numbers.length > frames)
    throw new AgentError('REQUEST_INVALID', 'A frame list holds numbers from 1, parted by commas.');
  if (Math.max(...numbers) > frames) throw new AgentError('NOT_FOUND', `The object has ${frames} frames.`);
  return numbers.map((number) => number - 1);
}

async function* parts(
  request: FrameRequest,
  first: Uint8Array,
  contentType: string,
): AsyncGenerator<OutgoingPart, void, void> {
  for (const [at, index] of request.frameIndices.entries()) {
    const bytes = at === 0 ? first : await readOne(request, index);
    const headers = { 'Content-Type': contentType, 'Content-Location': `${request.url}/frames/${index + 1}` };
    yield { headers, body: [bytes] };
  }
}

async function readOne({ readEncodedFrames, path }: FrameRequest, index: number): Promise<Uint8Array> {
  const [frame] = await readEncodedFrames(path, [index]);
  if (!frame) throw new AgentError('PIXELS_UNDECODABLE', `Frame ${index + 1} is not in the pixel data.`);
  return frame;
}
