import type { PhantomClip } from '#models/phantom/clip';
import { samplesOf } from './colours.ts';
import { elementHead, itemHead } from './data-set.ts';
import { encodeFrame } from './frames.ts';
import { phantomTransferSyntaxes, type Photometric, type PhantomTransferSyntax } from './transfer-syntax.ts';

/** How pixels are stored. */
export interface PixelEncoding {
  /** Default: baseline JPEG, as most scanners write. */
  readonly transferSyntax?: PhantomTransferSyntax;
  /** Default: the usual one of the transfer syntax. */
  readonly photometric?: Photometric;
}

/** Pixels ready to be put into an object. */
export interface PhantomPixels {
  readonly transferSyntax: PhantomTransferSyntax;
  /** The Image Pixel module, without the pixels. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Pixel Data, head and all. */
  readonly element: Buffer;
}

/** True where the standard lets samples of this meaning stand in the transfer syntax. */
export function isPermitted(transferSyntax: PhantomTransferSyntax, photometric: Photometric): boolean {
  const permitted: readonly Photometric[] = phantomTransferSyntaxes[transferSyntax].photometrics;
  return permitted.includes(photometric);
}

/** Encodes a clip's frames. */
export async function encodePixels(clip: PhantomClip, encoding: PixelEncoding = {}): Promise<PhantomPixels> {
  const { transferSyntax = 'jpeg-baseline' } = encoding;
  const syntax = phantomTransferSyntaxes[transferSyntax];
  const photometric = encoding.photometric ?? syntax.photometrics[0];
  if (!isPermitted(transferSyntax, photometric)) throw new RangeError(`${transferSyntax} holds no ${photometric}.`);
  const { frames, rows, columns, truth } = clip;
  const samples = samplesOf(frames, syntax.codec === 'jpeg' && photometric !== 'monochrome2' ? 'rgb' : photometric);
  const picture = {
    rows,
    columns,
    photometric,
    isLossy: 'isLossy' in syntax,
    samplesPerPixel: samples.samplesPerPixel,
  };
  const encoded: Uint8Array[] = [];
  for (const frame of samples.frames) encoded.push(await encodeFrame(syntax.codec, frame, picture));
  const raw = samples.frames.reduce((sum, frame) => sum + frame.length, 0);
  const stored = encoded.reduce((sum, frame) => sum + frame.length, 0);
  return {
    transferSyntax,
    element: syntax.codec === 'native' ? native(encoded, syntax) : encapsulated(encoded),
    attributes: {
      SamplesPerPixel: samples.samplesPerPixel,
      ...samples.attributes,
      // Channels stand one after another in it, and PS3.3 section C.8.5.6.1.16 wants it said.
      ...(syntax.codec === 'rle' && photometric === 'ybr-full' && { PlanarConfiguration: 1 }),
      ...(syntax.codec === 'jpeg' &&
        samples.samplesPerPixel === 3 && { PhotometricInterpretation: jpegColours(photometric) }),
      Rows: rows,
      Columns: columns,
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
      UltrasoundColorDataPresent: truth.kind === 'colour-doppler' ? 1 : 0,
      ...('isLossy' in syntax && {
        LossyImageCompression: '01',
        LossyImageCompressionRatio: Number((raw / stored).toFixed(2)),
        LossyImageCompressionMethod: syntax.codec === 'jpeg' ? 'ISO_10918_1' : 'ISO_15444_1',
      }),
    },
  };
}

/** The usual interpretation of ultrasound in JPEG is the halved one; scanners, too, give it to 4:2:0. */
function jpegColours(photometric: Photometric): string {
  return photometric === 'ybr-full' ? 'YBR_FULL' : 'YBR_FULL_422';
}

const pixelData = 0x7fe00010;

function native(
  frames: readonly Uint8Array[],
  syntax: { readonly isImplicit?: boolean; readonly isBigEndian?: boolean },
): Buffer {
  const { isImplicit = false, isBigEndian = false } = syntax;
  const value = Buffer.concat(frames);
  const length = value.length + (value.length % 2);
  const head = elementHead({ tag: pixelData, vr: 'OB', length }, { isImplicit, isBigEndian });
  return Buffer.concat([head, value, Buffer.alloc(value.length % 2)]);
}

/** A Basic Offset Table, then one fragment a frame (PS3.5 section A.4). */
function encapsulated(frames: readonly Uint8Array[]): Buffer {
  const table = Buffer.alloc(4 * frames.length);
  let offset = 0;
  for (const [index, { length }] of frames.entries()) {
    table.writeUInt32LE(offset, 4 * index);
    offset += 8 + length + (length % 2);
  }
  return Buffer.concat([
    elementHead({ tag: pixelData, vr: 'OB', length: 0xffffffff }, { isImplicit: false, isBigEndian: false }),
    itemHead(0xfffee000, table.length),
    table,
    ...frames.flatMap((frame) => {
      const pad = frame.length % 2;
      return [itemHead(0xfffee000, frame.length + pad), frame, Buffer.alloc(pad)];
    }),
    itemHead(0xfffee0dd, 0),
  ]);
}
