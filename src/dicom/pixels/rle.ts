import { AgentError } from '#domain/errors';
import type { ImageFacts } from '#domain/instance';
import type { Samples } from './samples.ts';

/** RLE Lossless (PS3.5 annex G): one segment for each byte of each channel, most significant first. */
export function decodeRle(
  frame: Buffer,
  { rows, columns, samplesPerPixel, bitsAllocated, photometricInterpretation }: ImageFacts,
): Samples {
  const pixels = rows * columns;
  const bytesPerSample = bitsAllocated / 8;
  const segments = frame.length >= 64 ? frame.readUInt32LE(0) : 0;
  if (segments !== samplesPerPixel * bytesPerSample) {
    throw new AgentError(
      'PIXELS_UNDECODABLE',
      `An RLE frame has ${segments} segments where ${samplesPerPixel * bytesPerSample} are needed.`,
    );
  }
  const data =
    bytesPerSample === 2 ? new Uint16Array(pixels * samplesPerPixel) : new Uint8Array(pixels * samplesPerPixel);
  for (let segment = 0; segment < segments; segment++) {
    const start = frame.readUInt32LE(4 + 4 * segment);
    const end = segment + 1 < segments ? frame.readUInt32LE(8 + 4 * segment) : frame.length;
    const plane = unpack(frame.subarray(start, end), pixels);
    const at = Math.trunc(segment / bytesPerSample) * pixels;
    const shift = bytesPerSample === 2 && segment % 2 === 0 ? 8 : 0;
    for (let pixel = 0; pixel < pixels; pixel++) data[at + pixel]! |= plane[pixel]! << shift;
  }
  return { data, channels: samplesPerPixel, isPlanar: samplesPerPixel > 1, photometricInterpretation };
}

/** PackBits (PS3.5 section G.3.2). */
function unpack(packed: Buffer, length: number): Uint8Array {
  const plain = new Uint8Array(length);
  let to = 0;
  for (let from = 0; from < packed.length && to < length;) {
    const code = packed.readInt8(from++);
    if (code >= 0) {
      const run = Math.min(code + 1, length - to, packed.length - from);
      plain.set(packed.subarray(from, from + run), to);
      from += code + 1;
      to += run;
    } else if (code !== -128) {
      plain.fill(packed[from++] ?? 0, to, Math.min(length, to + 1 - code));
      to += 1 - code;
    }
  }
  if (to < length) throw new AgentError('PIXELS_UNDECODABLE', 'An RLE segment ends too early.');
  return plain;
}
