import { AgentError } from '#domain/errors';
import type { ImageFacts } from '#domain/instance';
import type { Samples } from './samples.ts';
import { decodeWithCodec } from './wasm-codecs.ts';

/** JPEG baseline, extended and lossless of 8 bits through libjpeg-turbo; deeper ones through the codecs' wasm. */
export async function decodeJpeg(frame: Buffer, image: ImageFacts): Promise<Samples> {
  if (image.bitsAllocated > 8) return decodeWithCodec('jpeg', frame, image);
  const isRgb = image.samplesPerPixel === 3 && image.photometricInterpretation === 'RGB';
  const jpeg = isRgb ? withoutColourTransform(frame) : frame;
  const { default: sharp } = await import('sharp'); // readers of uncompressed clips need it not
  const picture = sharp(jpeg, { failOn: 'error', limitInputPixels: 4096 * 4096 });
  // One component comes out as three alike, and an index, or a level that counts from white, would be taken for a colour.
  const isSingle = image.samplesPerPixel === 1 && (await picture.metadata()).channels === 1;
  const { data, info } = await (isSingle ? picture.extractChannel(0) : picture)
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== image.columns || info.height !== image.rows) {
    throw new AgentError(
      'PIXELS_UNDECODABLE',
      `A JPEG frame is ${info.width} × ${info.height}, the header says ${image.columns} × ${image.rows}.`,
    );
  }
  const photometricInterpretation = info.channels === 1 ? image.photometricInterpretation : 'RGB';
  // A copy: memory that a library has made cannot be handed to another thread.
  return { data: new Uint8Array(data), channels: info.channels, isPlanar: false, photometricInterpretation };
}

/** An Adobe segment that says "no colour transform" (ISO/IEC 10918-6), put in where the stream has none. */
const adobe = Buffer.from([0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0]);

/** Decoders guess YCbCr for three unnamed components; where the header says RGB we tell them. */
function withoutColourTransform(jpeg: Buffer): Buffer {
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8 || hasAdobeSegment(jpeg)) return jpeg;
  const rest = jpeg.readUInt16BE(2) === 0xffe0 ? jpeg.subarray(4 + jpeg.readUInt16BE(4)) : jpeg.subarray(2); // a JFIF segment means YCbCr
  return Buffer.concat([jpeg.subarray(0, 2), adobe, rest]);
}

function hasAdobeSegment(jpeg: Buffer): boolean {
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === 0xff; at += 2 + jpeg.readUInt16BE(at + 2)) {
    if (jpeg[at + 1] === 0xee && jpeg.toString('latin1', at + 4, at + 9) === 'Adobe') return true;
    if (jpeg[at + 1] === 0xda) return false;
  }
  return false;
}
