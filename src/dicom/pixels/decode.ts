import { AgentError } from '#domain/errors';
import type { ImageFacts } from '#domain/instance';
import { withOpenFile } from '#dicom/byte-source';
import { indexFrames, readFrame } from '#dicom/frame-index';
import { imageFacts } from '#dicom/header';
import { readPart10 } from '#dicom/part10';
import type { Encoding, TransferSyntax } from '#dicom/transfer-syntaxes';
import { toRgb } from './colour.ts';
import { decodeJpeg } from './jpeg.ts';
import { decodeNative } from './native.ts';
import { readPalette } from './palette.ts';
import { decodeRle } from './rle.ts';
import type { Samples } from './samples.ts';
import { decodeWithCodec, forgetCodecs } from './wasm-codecs.ts';

export interface DecodedFrames {
  readonly rows: number;
  readonly columns: number;
  /** RGB, interleaved, 8 bits; one array a frame. */
  readonly pixels: readonly Uint8Array[];
}

/** A frame larger than this is refused before anything is allocated for it. */
const framePixelsMax = 4096 * 4096;
/** So are frames that are larger than this together, once decoded: 200 of 1024 × 768. */
const decodedBytesMax = 512 * 2 ** 20;

/**
 * Decodes the given frames (from 0) to true colours, and no others.
 * Throws PIXELS_UNDECODABLE, or TRANSFER_SYNTAX_UNSUPPORTED for video.
 */
export async function decodeFrames(path: string, frameIndices: readonly number[]): Promise<DecodedFrames> {
  return withOpenFile(path, async (source) => {
    const dataSet = readPart10(source);
    const { encoding } = dataSet.syntax;
    const image = imageFacts(dataSet);
    if (!image) throw undecodable('It is no image.');
    refuse(image, dataSet.syntax, frameIndices.length);
    const index = indexFrames(dataSet, image);
    const palette = image.photometricInterpretation === 'PALETTE COLOR' ? readPalette(dataSet) : undefined;
    try {
      // Each is read when its turn comes: not all of them lie in memory twice.
      const pixels = await eachInTurn(frameIndices, async (frame) =>
        toRgb(await decodeFrame(readFrame(dataSet.source, index, frame), image, encoding), image, palette),
      );
      return { rows: image.rows, columns: image.columns, pixels };
    } finally {
      forgetCodecs();
    }
  });
}

/** JPEG is decoded on threads of its own: the next frame begins while the one before gets its colours. More would keep others waiting. */
const atOnce = 2;

/** What comes of each frame, in order. Ends only when nothing is under way any more. */
async function eachInTurn(
  frames: readonly number[],
  decode: (frame: number) => Promise<Uint8Array>,
): Promise<readonly Uint8Array[]> {
  const pixels: Uint8Array[] = [];
  let next = 0;
  const turns = Array.from({ length: atOnce }, async () => {
    for (let at = next++; at < frames.length; at = next++) {
      const decoded = decode(frames[at]!);
      decoded.catch(() => (next = frames.length)); // nothing more is begun
      pixels[at] = await decoded;
    }
  });
  for (const turn of await Promise.allSettled(turns)) if (turn.status === 'rejected') throw turn.reason;
  return pixels;
}

function refuse(image: ImageFacts, { encoding, name }: TransferSyntax, frames: number): void {
  const { rows, columns, samplesPerPixel, bitsAllocated } = image;
  if (encoding === 'video' || encoding === 'unknown') throw new AgentError('TRANSFER_SYNTAX_UNSUPPORTED', name);
  if (rows * columns > framePixelsMax) throw undecodable(`Frames of ${columns} × ${rows} pixels are too large.`);
  if (rows * columns * 3 * frames > decodedBytesMax)
    throw undecodable(`${frames} frames of ${columns} × ${rows} pixels are too many at once.`);
  if (![1, 3].includes(samplesPerPixel)) throw undecodable(`${samplesPerPixel} samples a pixel are not supported.`);
  if (![8, 16].includes(bitsAllocated)) throw undecodable(`${bitsAllocated} bits a sample are not supported.`);
}

function undecodable(detail: string): AgentError {
  return new AgentError('PIXELS_UNDECODABLE', detail);
}

async function decodeFrame(frame: Buffer, image: ImageFacts, encoding: Encoding): Promise<Samples> {
  try {
    switch (encoding) {
      case 'native':
        return decodeNative(frame, image);
      case 'rle':
        return decodeRle(frame, image);
      case 'jpeg':
        return await decodeJpeg(frame, image);
      case 'jpeg-ls':
      case 'jpeg-2000':
      case 'htj2k':
      case 'jpeg-xl':
        return await decodeWithCodec(encoding, frame, image);
      case 'video':
      case 'unknown':
        throw new AgentError('TRANSFER_SYNTAX_UNSUPPORTED', encoding);
    }
  } catch (cause) {
    if (cause instanceof AgentError) throw cause;
    throw new AgentError('PIXELS_UNDECODABLE', `The ${encoding} decoder refused a frame.`, { cause });
  }
}
