import type { Context } from 'koa';
import type { Sharp } from 'sharp';
import { AgentError } from '#domain/errors';
import type { ClipReader, Frames } from '#src/ports';
import { acceptsOf } from './respond.ts';

interface Picture {
  readonly path: string;
  /** From 0. */
  readonly frameIndex: number;
  /** The size where the client names none. */
  readonly within?: { readonly width: number; readonly height: number };
}

/** Answers with one frame as a picture for the eye (PS3.18 section 10.4.1.1.3): JPEG, or PNG where it is asked for. */
export async function sendPicture(
  context: Context,
  reader: Pick<ClipReader, 'frames'>,
  picture: Picture,
): Promise<void> {
  const type = pictureType(context);
  const query = new URLSearchParams(context.querystring);
  const quality = parseQuality(query.get('quality'));
  const within = parseViewport(query.get('viewport')) ?? picture.within;
  const image = await draw(await reader.frames(picture.path, [picture.frameIndex]));
  const sized = within ? image.resize({ ...within, fit: 'inside' }) : image;
  context.body = await (type === 'image/png' ? sized.png() : sized.jpeg({ quality })).toBuffer();
  context.type = type;
}

async function draw({ rows, columns, pixels }: Frames): Promise<Sharp> {
  const [frame] = pixels;
  if (!frame) throw new AgentError('PIXELS_UNDECODABLE', 'The frame is not in the pixel data.');
  const { default: sharp } = await import('sharp'); // 9 MB that an agent without viewers does not need
  return sharp(frame, { raw: { width: columns, height: rows, channels: 3 } });
}

function pictureType(context: Context): 'image/jpeg' | 'image/png' {
  for (const { type } of acceptsOf(context)) {
    if (type === 'image/jpeg' || type === 'image/*' || type === '*/*') return 'image/jpeg';
    if (type === 'image/png') return 'image/png';
  }
  throw new AgentError('NOT_ACCEPTABLE', 'Pictures are given as image/jpeg or image/png.');
}

function parseQuality(text: string | null): number {
  if (text === null) return 90;
  if (!/^([1-9]\d?|100)$/.test(text)) throw new AgentError('REQUEST_INVALID', 'quality is a number from 1 to 100.');
  return Number(text);
}

/** Width and height in pixels; the source region that may follow is not supported (PS3.18 section 8.3.5.1.3). */
function parseViewport(text: string | null): Picture['within'] | undefined {
  if (text === null) return undefined;
  const [, width, height] = /^(\d{1,4}),(\d{1,4})$/.exec(text) ?? [];
  if (!Number(width) || !Number(height))
    throw new AgentError('REQUEST_INVALID', 'viewport is a width and a height from 1 to 9999, parted by a comma.');
  return { width: Number(width), height: Number(height) };
}
