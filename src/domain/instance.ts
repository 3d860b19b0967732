import type { Box } from './geometry.ts';
import type { Identifying } from './identifying.ts';
import type { StudyUid, Uid } from './uid.ts';

/** Where an object came from, without anything that identifies a patient. */
export type Origin =
  | {
      readonly kind: 'c-store';
      readonly callingAeTitle: string;
      readonly calledAeTitle: string;
      readonly address: string;
    }
  | { readonly kind: 'stow-rs'; readonly address: string }
  | { readonly kind: 'poll'; readonly archive: string };

/** The DICOM JSON model of a data set (PS3.18 annex F), without pixel data. */
export type DicomJson = Readonly<Record<string, DicomJsonElement>>;
export interface DicomJsonElement {
  readonly vr: string;
  readonly Value?: readonly unknown[];
  readonly InlineBinary?: string;
  readonly BulkDataURI?: string;
}

/** One item of Sequence of Ultrasound Regions (0018,6011): codes as in PS3.3 section C.8.5.5. */
export interface UltrasoundRegion {
  readonly box: Box;
  readonly spatialFormat: number;
  readonly dataType: number;
  readonly flags: number;
  readonly unitsX: number;
  readonly unitsY: number;
  readonly deltaX: number;
  readonly deltaY: number;
}

/** What the header says of an image, without a decoded pixel. Absent where the object is no image. */
export interface ImageFacts {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samplesPerPixel: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly photometricInterpretation: string;
  readonly planarConfiguration: number;
  readonly imageType: readonly string[];
  readonly colourDataPresent: boolean;
  readonly regions: readonly UltrasoundRegion[];
  /** Time between frames in milliseconds; one number, or one per frame. Empty where the header does not say. */
  readonly frameTimesMs: readonly number[];
}

/** What the header of a stored object says. Everything here may be logged but `attributes`. */
export interface InstanceFacts {
  readonly sopInstance: Uid;
  readonly sopClass: Uid;
  readonly series: Uid;
  readonly study: StudyUid;
  readonly transferSyntax: Uid;
  readonly modality: string;
  readonly manufacturer: string;
  readonly modelName: string;
  readonly image?: ImageFacts;
  /** Station Name (0008,1010). */
  readonly station?: string;
  /** Current Patient Location (0038,0300) and Institutional Department Name (0008,1040), as far as they are said. */
  readonly locations?: readonly string[];
  readonly attributes: Identifying<DicomJson>;
}

/** An object in our archive: durable, with its digest. */
export interface Instance {
  readonly facts: InstanceFacts;
  /** Path below the archive folder. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly receivedAt: number;
  readonly role: 'source' | 'result';
  readonly origin?: Origin;
}

/**
 * Whether two data sets with one SOP Instance UID are one object: same patient, study, series and class. The encoding
 * may differ, since archives transcode; another patient under a known UID is a wrong patient.
 */
export function isSameObject(a: InstanceFacts, b: InstanceFacts): boolean {
  if (a.sopClass !== b.sopClass || a.study !== b.study || a.series !== b.series) return false;
  return identityTags.every((tag) => {
    const [one, other] = [a.attributes.disclose()[tag], b.attributes.disclose()[tag]];
    return JSON.stringify(one?.Value ?? []) === JSON.stringify(other?.Value ?? []);
  });
}

/** Patient ID, Issuer of Patient ID, Patient's Birth Date. The name is left out: it is spelled anew by every system. */
const identityTags = ['00100020', '00100021', '00100030'] as const;
