import { fileMeta } from '#dicom/part10';
import type { DicomJson } from '#domain/instance';
import { encapsulate } from './encapsulate.ts';
import { elementHead, encodeDataSet } from './encode-data-set.ts';

export const explicitLittleEndian = '1.2.840.10008.1.2.1';
export const jpegBaseline = '1.2.840.10008.1.2.4.50';

/** A data set of ours, which says what it is. */
export interface WrittenObject {
  readonly sopClass: string;
  readonly sopInstance: string;
  readonly attributes: DicomJson;
  readonly pixels?: WrittenPixels;
}

/** The frames of an image: as baseline JPEG, or as they are. */
export interface WrittenPixels {
  readonly encoding: 'jpeg' | 'native';
  readonly frames: readonly Uint8Array[];
}

/** A complete Part 10 file; the same object gives the same bytes. SOP class and instance are put into the data set, as is the character set. */
export function part10File({ sopClass, sopInstance, attributes, pixels }: WrittenObject): Buffer {
  return Buffer.concat([
    fileMeta({
      sopClass,
      sopInstance,
      transferSyntax: pixels?.encoding === 'jpeg' ? jpegBaseline : explicitLittleEndian,
    }),
    encodeDataSet({
      ...attributes,
      '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
      '00080016': { vr: 'UI', Value: [sopClass] },
      '00080018': { vr: 'UI', Value: [sopInstance] },
    }),
    ...(pixels ? pixelData(pixels) : []),
  ]);
}

/** Pixel Data, of VR OB either way since samples are bytes (PS3.5 section 8.1.2 and A.4). */
function pixelData({ encoding, frames }: WrittenPixels): readonly Uint8Array[] {
  if (encoding === 'jpeg') return [encapsulate(frames)];
  const length = frames.reduce((sum, frame) => sum + frame.length, 0);
  const padding = length % 2;
  return [elementHead('7FE00010', 'OB', length + padding), ...frames, Buffer.alloc(padding)];
}
