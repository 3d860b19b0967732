import type { ImageFacts } from '#domain/instance';
import type { Samples } from './samples.ts';

/** Uncompressed little endian samples (PS3.5 section 8.1); YBR_FULL_422 and YBR_PARTIAL_420 are spread to one colour a pixel. */
export function decodeNative(frame: Buffer, image: ImageFacts): Samples {
  const { photometricInterpretation, samplesPerPixel, planarConfiguration, bitsAllocated } = image;
  if (photometricInterpretation === 'YBR_FULL_422' || photometricInterpretation === 'YBR_PARTIAL_422')
    return spread422(frame, image);
  if (photometricInterpretation === 'YBR_PARTIAL_420') return spread420(frame, image);
  return {
    data: bitsAllocated === 16 ? words(frame) : frame,
    channels: samplesPerPixel,
    isPlanar: samplesPerPixel > 1 && planarConfiguration === 1,
    photometricInterpretation,
  };
}

function words(frame: Buffer): Uint16Array {
  const data = new Uint16Array(frame.length >> 1);
  for (let index = 0; index < data.length; index++) data[index] = frame.readUInt16LE(2 * index);
  return data;
}

/** Two pixels are stored as Y Y Cb Cr (PS3.3 section C.7.6.3.1.2). */
function spread422(frame: Buffer, { rows, columns, photometricInterpretation }: ImageFacts): Samples {
  const data = new Uint8Array(rows * columns * 3);
  for (let pixel = 0, at = 0; at < data.length; pixel++, at += 3) {
    const from = (pixel >> 1) * 4;
    data[at] = frame[from + (pixel & 1)]!;
    data[at + 1] = frame[from + 2]!;
    data[at + 2] = frame[from + 3]!;
  }
  return { data, channels: 3, isPlanar: false, photometricInterpretation };
}

/** Planes: Y, then Cb and Cr at half size in both directions. */
function spread420(frame: Buffer, { rows, columns, photometricInterpretation }: ImageFacts): Samples {
  const data = new Uint8Array(rows * columns * 3);
  const half = columns >> 1;
  const [cb, cr] = [rows * columns, rows * columns + half * (rows >> 1)];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const shared = Math.min(y >> 1, (rows >> 1) - 1) * half + Math.min(x >> 1, half - 1);
      const at = 3 * (y * columns + x);
      data[at] = frame[y * columns + x]!;
      data[at + 1] = frame[cb + shared]!;
      data[at + 2] = frame[cr + shared]!;
    }
  }
  return { data, channels: 3, isPlanar: false, photometricInterpretation };
}
