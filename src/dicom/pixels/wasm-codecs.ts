import codecs from 'dcmjs-codecs';
import { AgentError } from '#domain/errors';
import type { ImageFacts } from '#domain/instance';
import type { Samples } from './samples.ts';

const { Context, NativeCodecs } = codecs;

const decoders = {
  jpeg: (context: InstanceType<typeof Context>) => NativeCodecs.decodeJpeg(context),
  'jpeg-ls': (context: InstanceType<typeof Context>) => NativeCodecs.decodeJpegLs(context),
  'jpeg-2000': (context: InstanceType<typeof Context>) => NativeCodecs.decodeJpeg2000(context),
  htj2k: (context: InstanceType<typeof Context>) => NativeCodecs.decodeHtJpeg2000(context),
  'jpeg-xl': (context: InstanceType<typeof Context>) => NativeCodecs.decodeJpegXl(context),
} as const;

/** JPEG-LS, JPEG 2000, HTJ2K and JPEG XL (and deep JPEG) through dcmjs-codecs. */
export async function decodeWithCodec(
  encoding: keyof typeof decoders,
  frame: Buffer,
  image: ImageFacts,
): Promise<Samples> {
  while (!NativeCodecs.isInitialized())
    await NativeCodecs.initializeAsync({ logCodecsInfo: false, logCodecsTrace: false });
  const { rows, columns, samplesPerPixel, bitsAllocated, bitsStored, photometricInterpretation } = image;
  const context = new Context({
    width: columns,
    height: rows,
    bitsAllocated,
    bitsStored,
    samplesPerPixel,
    pixelRepresentation: 0,
    planarConfiguration: 0,
    photometricInterpretation,
    encodedBuffer: frame,
  });
  const decoded = decoders[encoding](context).getDecodedBuffer();
  const needed = rows * columns * samplesPerPixel * (bitsAllocated / 8);
  if (!decoded || decoded.length < needed)
    throw new AgentError('PIXELS_UNDECODABLE', `A ${encoding} frame has too few pixels.`);
  const bytes = decoded.slice(0, needed);
  const data = bitsAllocated === 16 ? new Uint16Array(bytes.buffer, 0, needed / 2) : bytes;
  // The reversible and irreversible transforms of JPEG 2000 are part of the codestream, and the decoder undoes them.
  const isTransformed =
    photometricInterpretation === 'YBR_RCT' || photometricInterpretation === 'YBR_ICT' || encoding === 'jpeg-xl';
  return {
    data,
    channels: samplesPerPixel,
    isPlanar: false,
    photometricInterpretation: isTransformed && samplesPerPixel === 3 ? 'RGB' : photometricInterpretation,
  };
}

/**
 * Throws the codecs' memory away; the next object begins with fresh ones. A damaged codestream can leave that memory
 * broken, after which every other object is refused, or worse, decoded wrongly. Making them anew takes 40 ms.
 */
export function forgetCodecs(): void {
  NativeCodecs.release();
}
