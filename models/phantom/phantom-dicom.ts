import { deflateRawSync } from 'node:zlib';
import type { UltrasoundRegion } from '#domain/instance';
import { deriveUid } from '#domain/uid';
import type { PhantomClip } from './clip.ts';
import { characterSets, textEncoder, type PhantomCharacterSet } from './encodings/character-sets.ts';
import { encodeDataSet, type Attributes } from './encodings/data-set.ts';
import { encodePixels, type PhantomPixels, type PixelEncoding } from './encodings/pixels.ts';
import { phantomTransferSyntaxes } from './encodings/transfer-syntax.ts';

/** Whose examination a clip pretends to be, and where in the study it stands. */
export interface PhantomIdentity {
  readonly patientName: string;
  readonly patientId: string;
  readonly studyInstance: string;
  readonly seriesInstance: string;
  readonly sopInstance: string;
  readonly accessionNumber: string;
  readonly instanceNumber: number;
  /** Milliseconds since 1970. */
  readonly studyStartedAt: number;
  readonly acquiredAt: number;
}

/** Ways in which scanners differ in what they say: all there is, no calibrated regions, neither regions nor mode, a time for each frame. */
export const habits = ['complete', 'without-regions', 'terse', 'frame-time-vector'] as const;
export type PhantomHabit = (typeof habits)[number];

/** How an object is written. */
export interface PhantomEncoding extends PixelEncoding {
  /** Default: UTF-8. */
  readonly characterSet?: PhantomCharacterSet;
  readonly habit?: PhantomHabit;
}

const ultrasoundMultiframe = '1.2.840.10008.5.1.4.1.1.3.1';
const ultrasoundImage = '1.2.840.10008.5.1.4.1.1.6.1';

/** The clip as a Part 10 file: Ultrasound Multi-frame Image Storage, or Ultrasound Image Storage for a single frame. */
export async function encodePhantom(
  clip: PhantomClip,
  identity: PhantomIdentity,
  encoding: PhantomEncoding = {},
): Promise<Uint8Array> {
  return packPhantom(clip, await encodePixels(clip, encoding), identity, encoding);
}

/** A Part 10 file around pixels that were encoded before: the same pixels may stand in many studies. */
export function packPhantom(
  clip: PhantomClip,
  { attributes, element, transferSyntax }: PhantomPixels,
  identity: PhantomIdentity,
  { characterSet = 'ISO_IR 192', habit = 'complete' }: PhantomEncoding = {},
): Uint8Array {
  const isCine = clip.frames.length > 1;
  const sopClass = isCine ? ultrasoundMultiframe : ultrasoundImage;
  const syntax = phantomTransferSyntaxes[transferSyntax];
  const form = {
    isImplicit: 'isImplicit' in syntax,
    isBigEndian: 'isBigEndian' in syntax,
    encodeText: textEncoder(characterSet),
  };
  const { values } = characterSets[characterSet];
  const content: Attributes = {
    SpecificCharacterSet: values.length === 0 ? undefined : values,
    ...identifying(identity, sopClass),
    ...describing(clip, habit),
    ...(isCine && timing(clip, habit)),
    ...attributes,
  };
  const dataSet = Buffer.concat([encodeDataSet(content, form), element]);
  const meta = {
    FileMetaInformationVersion: new Uint8Array([0, 1]),
    MediaStorageSOPClassUID: sopClass,
    MediaStorageSOPInstanceUID: identity.sopInstance,
    TransferSyntaxUID: syntax.uid,
    ImplementationClassUID: deriveUid('Apical', 'phantom'),
    ImplementationVersionName: 'APICAL_PHANTOM',
  };
  return Buffer.concat([fileMeta(meta), 'isDeflated' in syntax ? evened(deflateRawSync(dataSet)) : dataSet]);
}

/** Preamble, prefix and File Meta Information (PS3.10 section 7.1). */
function fileMeta(meta: Attributes): Buffer {
  const form = { isImplicit: false, isBigEndian: false, encodeText: textEncoder('ISO_IR 6') };
  const elements = encodeDataSet(meta, form);
  const length = encodeDataSet({ FileMetaInformationGroupLength: elements.length }, form);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, elements]);
}

function evened(bytes: Buffer): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
}

function identifying(identity: PhantomIdentity, sopClass: string) {
  const [study, acquired] = [identity.studyStartedAt, identity.acquiredAt].map(dateAndTime) as [Moment, Moment];
  return {
    InstanceCreationDate: acquired.date,
    InstanceCreationTime: acquired.time,
    SOPClassUID: sopClass,
    SOPInstanceUID: identity.sopInstance,
    StudyDate: study.date,
    SeriesDate: study.date,
    ContentDate: acquired.date,
    StudyTime: study.time,
    SeriesTime: study.time,
    ContentTime: acquired.time,
    AccessionNumber: identity.accessionNumber,
    ReferringPhysicianName: '',
    StudyDescription: 'Phantom echocardiogram, not of a patient',
    PatientName: identity.patientName,
    PatientID: identity.patientId,
    PatientBirthDate: '19700101',
    PatientSex: 'O',
    StudyInstanceUID: identity.studyInstance,
    SeriesInstanceUID: identity.seriesInstance,
    StudyID: '1',
    SeriesNumber: 1,
    InstanceNumber: identity.instanceNumber,
    PatientOrientation: '',
    BodyPartExamined: 'HEART',
  };
}

function describing({ truth, regions }: PhantomClip, habit: PhantomHabit) {
  return {
    ImageType: ['ORIGINAL', 'PRIMARY', ...(habit === 'terse' ? [] : ['TTE', imageModes[truth.kind]])],
    Modality: 'US',
    Manufacturer: 'Apical',
    InstitutionName: 'Phantom laboratory',
    ManufacturerModelName: 'Phantom',
    DeviceSerialNumber: '1',
    SoftwareVersions: '1',
    SeriesDescription: 'Phantom',
    ImageComments: `${truth.view}, ${truth.kind}: a phantom, not a patient`,
    HeartRate: truth.heart.heartRate,
    SequenceOfUltrasoundRegions: habit === 'without-regions' || habit === 'terse' ? undefined : regions.map(regionItem),
    TransducerType: 'SECTOR_PHASED',
    BurnedInAnnotation: 'YES',
  };
}

/** Value 4 of Image Type (PS3.3 section C.8.5.6.1.1). */
const imageModes = {
  'b-mode': '0001',
  still: '0001',
  'colour-doppler': '0011',
  'spectral-doppler': '0005',
  'm-mode': '0003',
} as const;

function regionItem({ box, ...region }: UltrasoundRegion) {
  return {
    RegionSpatialFormat: region.spatialFormat,
    RegionDataType: region.dataType,
    RegionFlags: region.flags,
    RegionLocationMinX0: box.x0,
    RegionLocationMinY0: box.y0,
    RegionLocationMaxX1: box.x1 - 1,
    RegionLocationMaxY1: box.y1 - 1,
    PhysicalUnitsXDirection: region.unitsX,
    PhysicalUnitsYDirection: region.unitsY,
    PhysicalDeltaX: region.deltaX,
    PhysicalDeltaY: region.deltaY,
  };
}

function timing({ frames, frameTimeMs }: PhantomClip, habit: PhantomHabit) {
  const milliseconds = Number(frameTimeMs.toFixed(3));
  const times =
    habit === 'frame-time-vector'
      ? {
          FrameTimeVector: frames.map((_, index) => (index === 0 ? 0 : milliseconds)),
          FrameIncrementPointer: 0x0018_1065,
        }
      : { FrameTime: milliseconds, FrameIncrementPointer: 0x0018_1063 };
  return {
    NumberOfFrames: frames.length,
    ...times,
    CineRate: Math.round(1000 / frameTimeMs),
    RecommendedDisplayFrameRate: Math.round(1000 / frameTimeMs),
    StartTrim: 1,
    StopTrim: frames.length,
  };
}

interface Moment {
  readonly date: string;
  readonly time: string;
}

function dateAndTime(at: number): Moment {
  const text = new Date(at).toISOString().replaceAll(/[-:]/g, '');
  return { date: text.slice(0, 8), time: text.slice(9, 15) };
}
