import { AgentError } from '#domain/errors';

/** A motion JPEG film in an AVI file, as EchoNet-Dynamic publishes its clips. */
export interface Avi {
  readonly width: number;
  readonly height: number;
  readonly frameTimeMs: number;
  /** Each a JPEG stream. */
  readonly frames: readonly Uint8Array[];
}

/** Frames beyond these are not read: nothing looks at them. */
const framesMax = 4096;

/** Reads the video stream of an AVI file (RIFF; OpenDML's further RIFF parts too). Throws PIXELS_UNDECODABLE or TRANSFER_SYNTAX_UNSUPPORTED. */
export function readAvi(bytes: Uint8Array): Avi {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.length < 12 || name(file, 0) !== 'RIFF' || name(file, 8) !== 'AVI ')
    throw new AgentError('PIXELS_UNDECODABLE', 'It is no AVI file.');
  const found: Found = { frames: [], streams: 0 };
  walk(file, { from: 0, to: file.length, depth: 0 }, found);
  const { width, height, microseconds, frames } = found;
  if (found.video === undefined || !width || !height || frames.length === 0)
    throw new AgentError('PIXELS_UNDECODABLE', 'The AVI file holds no video.');
  return { width, height, frameTimeMs: (microseconds ?? 0) / 1000, frames };
}

interface Found {
  readonly frames: Uint8Array[];
  streams: number;
  /** Two digits that begin the names of the video's chunks. */
  video?: string;
  width?: number;
  height?: number;
  microseconds?: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

const depthMax = 6;

/** Chunks are a name, a length, and that many bytes, evened; lists and RIFF parts hold further chunks after a name of their own. */
function walk(file: Buffer, { from, to, depth }: Span, found: Found): void {
  for (let at = from; at + 8 <= to && found.frames.length < framesMax;) {
    const [chunk, length] = [name(file, at), file.readUInt32LE(at + 4)];
    const [start, end] = [at + 8, Math.min(to, at + 8 + length)];
    if ((chunk === 'RIFF' || chunk === 'LIST') && depth < depthMax)
      walk(file, { from: start + 4, to: end, depth: depth + 1 }, found);
    else take(chunk, file.subarray(start, end), found);
    at = end + (length % 2);
  }
}

function take(chunk: string, content: Buffer, found: Found): void {
  if (chunk === 'avih' && content.length >= 40) {
    found.microseconds = content.readUInt32LE(0);
    [found.width, found.height] = [content.readUInt32LE(32), content.readUInt32LE(36)];
  }
  if (chunk === 'strh' && content.length >= 8) {
    const stream = String(found.streams++).padStart(2, '0');
    if (name(content, 0) !== 'vids' || found.video !== undefined) return;
    const codec = name(content, 4).toUpperCase();
    if (codec !== 'MJPG') throw new AgentError('TRANSFER_SYNTAX_UNSUPPORTED', `AVI with ${codec}`);
    found.video = stream;
  }
  // 00dc: a compressed frame; an empty one repeats the frame before.
  if (found.video === undefined || (chunk !== `${found.video}dc` && chunk !== `${found.video}db`)) return;
  const frame = content.length === 0 ? found.frames.at(-1) : content;
  if (frame) found.frames.push(frame);
}

function name(file: Buffer, at: number): string {
  return file.toString('latin1', at, at + 4);
}
