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
  const bytes = new Uint8Array(pixels * segments);
  for (let segment = 0; segment < segments; segment++) {
    const start = frame.readUInt32LE(4 + 4 * segment);
    const end = segment + 1 < segments ? frame.readUInt32LE(8 + 4 * segment) : frame.length;
    // Samples of a pixel stand side by side; a word has its least significant byte first.
    const first = bytesPerSample === 2 ? segment ^ 1 : segment;
    unpack(frame.subarray(start, end), bytes, { first, stride: segments });
  }
  const data = bytesPerSample === 2 ? new Uint16Array(bytes.buffer) : bytes;
  return { data, channels: samplesPerPixel, isPlanar: false, photometricInterpretation };
}

/** PackBits (PS3.5 section G.3.2), into every so many bytes of `plain`. */
function unpack(
  packed: Buffer,
  plain: Uint8Array,
  { first, stride }: { readonly first: number; readonly stride: number },
): void {
  const { length } = plain;
  let to = first;
  for (let from = 0; from < packed.length && to < length;) {
    const code = packed[from++]!;
    if (code < 128) {
      const end = Math.min(length, to + (code + 1) * stride, to + (packed.length - from) * stride);
      for (; to < end; to += stride) plain[to] = packed[from++]!;
      continue;
    }
    if (code === 128) continue;
    const value = packed[from++] ?? 0;
    const end = Math.min(length, to + (257 - code) * stride);
    for (; to < end; to += stride) plain[to] = value;
  }
  if (to < length) throw new AgentError('PIXELS_UNDECODABLE', 'An RLE segment ends too early.');
}
