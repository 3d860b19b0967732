import { fileMeta } from '#dicom/part10';
import type { DicomJson } from '#domain/instance';
import { encapsulate } from './encapsulate.ts';
import { encodeDataSet } from './encode-data-set.ts';

export const explicitLittleEndian = '1.2.840.10008.1.2.1';
export const jpegBaseline = '1.2.840.10008.1.2.4.50';

/** A data set of ours, which says what it is. */
export interface WrittenObject {
  readonly sopClass: string;
  readonly sopInstance: string;
  readonly attributes: DicomJson;
  /** Frames in baseline JPEG, for images. */
  readonly jpegFrames?: readonly Uint8Array[];
}

/** A complete Part 10 file; the same object gives the same bytes. SOP class and instance are put into the data set, as is the character set. */
export function part10File({ sopClass, sopInstance, attributes, jpegFrames }: WrittenObject): Buffer {
  return Buffer.concat([
    fileMeta({ sopClass, sopInstance, transferSyntax: jpegFrames ? jpegBaseline : explicitLittleEndian }),
    encodeDataSet({
      ...attributes,
      '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
      '00080016': { vr: 'UI', Value: [sopClass] },
      '00080018': { vr: 'UI', Value: [sopInstance] },
    }),
    ...(jpegFrames ? [encapsulate(jpegFrames)] : []),
  ]);
}
