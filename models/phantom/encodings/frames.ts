import codecs from 'dcmjs-codecs';
import sharp from 'sharp';
import { encodeRle } from './rle.ts';
import type { FrameCodec, Photometric } from './transfer-syntax.ts';

const { Context, NativeCodecs } = codecs;

interface Picture {
  readonly rows: number;
  readonly columns: number;
  readonly photometric: Photometric;
  readonly isLossy: boolean;
  readonly samplesPerPixel: 1 | 3;
}

const jpegQuality = 92;
/** Of each channel. */
const jpeg2000Rate = 4;

/** One frame's samples as the codec stores them. Native frames stay as they are; baseline JPEG makes its own colours out of RGB. */
export async function encodeFrame(codec: FrameCodec, samples: Uint8Array, picture: Picture): Promise<Uint8Array> {
  switch (codec) {
    case 'native':
      return samples;
    case 'rle':
      return encodeRle(samples, { columns: picture.columns, channels: picture.samplesPerPixel });
    case 'jpeg':
      return baseline(samples, picture);
    case 'jpeg-lossless':
    case 'jpeg-ls':
    case 'jpeg-2000':
    case 'htj2k':
      return withCodec(codec, samples, picture);
  }
}

function baseline(data: Uint8Array, { rows, columns, photometric, samplesPerPixel }: Picture): Promise<Uint8Array> {
  return sharp(data, { raw: { width: columns, height: rows, channels: samplesPerPixel } })
    .toColourspace(samplesPerPixel === 1 ? 'b-w' : 'srgb')
    .jpeg({ quality: jpegQuality, chromaSubsampling: photometric === 'ybr-full-422' ? '4:2:0' : '4:4:4' })
    .toBuffer();
}

const interpretations = {
  rgb: 'RGB',
  'rgb-planar': 'RGB',
  'ybr-full': 'YBR_FULL',
  'ybr-full-422': 'YBR_FULL_422',
  // An index is stored as it is.
  'palette-color': 'MONOCHROME2',
  monochrome2: 'MONOCHROME2',
  // The encoder makes these two out of RGB.
  'ybr-rct': 'RGB',
  'ybr-ict': 'RGB',
} as const satisfies Record<Photometric, string>;

async function withCodec(
  codec: Exclude<FrameCodec, 'native' | 'rle' | 'jpeg'>,
  samples: Uint8Array,
  { rows, columns, photometric, isLossy, samplesPerPixel }: Picture,
): Promise<Uint8Array> {
  if (!NativeCodecs.isInitialized())
    await NativeCodecs.initializeAsync({ logCodecsInfo: false, logCodecsTrace: false });
  const context = new Context({
    width: columns,
    height: rows,
    bitsAllocated: 8,
    bitsStored: 8,
    samplesPerPixel,
    pixelRepresentation: 0,
    planarConfiguration: 0,
    photometricInterpretation: interpretations[photometric],
    decodedBuffer: samples,
  });
  const encoded = encoders[codec](context, isLossy).getEncodedBuffer();
  if (!encoded) throw new TypeError(`The ${codec} encoder gave nothing.`);
  return encoded.slice();
}

const encoders = {
  'jpeg-lossless': (context: InstanceType<typeof Context>) =>
    NativeCodecs.encodeJpeg(context, { lossy: false, predictor: 1, pointTransform: 0 }),
  'jpeg-ls': (context: InstanceType<typeof Context>) => NativeCodecs.encodeJpegLs(context, { lossy: false }),
  'jpeg-2000': (context: InstanceType<typeof Context>, lossy: boolean) =>
    NativeCodecs.encodeJpeg2000(context, {
      lossy,
      ...(lossy && { rate: jpeg2000Rate * (context.getSamplesPerPixel() ?? 1) }),
    }),
  htj2k: (context: InstanceType<typeof Context>, lossy: boolean) => NativeCodecs.encodeHtJpeg2000(context, { lossy }),
} as const;
