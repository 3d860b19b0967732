import dcmjs from 'dcmjs';
import sharp from 'sharp';
import type { UltrasoundRegion } from '#domain/instance';
import { deriveUid } from '#domain/uid';
import type { PhantomClip } from './clip.ts';

const { DicomDict, DicomMetaDictionary } = dcmjs.data;

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

/** How the pixels are stored. */
export type PhantomEncoding = 'explicit-little-endian' | 'jpeg-baseline';

const transferSyntaxes: Readonly<Record<PhantomEncoding, string>> = {
  'explicit-little-endian': '1.2.840.10008.1.2.1',
  'jpeg-baseline': '1.2.840.10008.1.2.4.50',
};
const ultrasoundMultiframe = '1.2.840.10008.5.1.4.1.1.3.1';
const ultrasoundImage = '1.2.840.10008.5.1.4.1.1.6.1';
const jpegQuality = 92;

/** The clip as a Part 10 file: Ultrasound Multi-frame Image Storage, or Ultrasound Image Storage for a single frame. */
export async function encodePhantom(
  clip: PhantomClip,
  identity: PhantomIdentity,
  encoding: PhantomEncoding = 'jpeg-baseline',
): Promise<Uint8Array> {
  const isCine = clip.frames.length > 1;
  const sopClass = isCine ? ultrasoundMultiframe : ultrasoundImage;
  const dict = new DicomDict(
    DicomMetaDictionary.denaturalizeDataset({
      FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
      MediaStorageSOPClassUID: sopClass,
      MediaStorageSOPInstanceUID: identity.sopInstance,
      TransferSyntaxUID: transferSyntaxes[encoding],
      ImplementationClassUID: deriveUid('Apical', 'phantom'),
      ImplementationVersionName: 'APICAL_PHANTOM',
    }),
  );
  dict.dict = DicomMetaDictionary.denaturalizeDataset({
    ...identifying(identity, sopClass),
    ...describing(clip),
    ...(isCine && timing(clip)),
    ...(await pixelsOf(clip, encoding)),
  });
  return new Uint8Array(dict.write({ fragmentMultiframe: false }));
}

function identifying(identity: PhantomIdentity, sopClass: string) {
  const [study, acquired] = [identity.studyStartedAt, identity.acquiredAt].map(dateAndTime) as [Moment, Moment];
  return {
    SpecificCharacterSet: 'ISO_IR 192',
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

function describing({ truth, regions }: PhantomClip) {
  return {
    ImageType: ['ORIGINAL', 'PRIMARY', 'TTE', imageModes[truth.kind]],
    Modality: 'US',
    Manufacturer: 'Apical',
    InstitutionName: 'Phantom laboratory',
    ManufacturerModelName: 'Phantom',
    DeviceSerialNumber: '1',
    SoftwareVersions: '1',
    SeriesDescription: 'Phantom',
    ImageComments: `${truth.view}, ${truth.kind}: a phantom, not a patient`,
    HeartRate: truth.heart.heartRate,
    SequenceOfUltrasoundRegions: regions.map(regionItem),
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

function timing({ frames, frameTimeMs }: PhantomClip) {
  return {
    NumberOfFrames: frames.length,
    FrameTime: Number(frameTimeMs.toFixed(3)),
    FrameIncrementPointer: 0x0018_1063,
    CineRate: Math.round(1000 / frameTimeMs),
    RecommendedDisplayFrameRate: Math.round(1000 / frameTimeMs),
    StartTrim: 1,
    StopTrim: frames.length,
  };
}

async function pixelsOf({ frames, rows, columns, truth }: PhantomClip, encoding: PhantomEncoding) {
  const common = {
    SamplesPerPixel: 3,
    PlanarConfiguration: 0,
    Rows: rows,
    Columns: columns,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    UltrasoundColorDataPresent: truth.kind === 'colour-doppler' ? 1 : 0,
    _vrMap: { PixelData: 'OB' },
  };
  if (encoding === 'explicit-little-endian')
    return { ...common, PhotometricInterpretation: 'RGB', PixelData: Uint8Array.from(Buffer.concat(frames)).buffer };
  const raw = { raw: { width: columns, height: rows, channels: 3 as const } };
  const fragments: ArrayBuffer[] = [];
  let bytes = 0;
  for (const frame of frames) {
    const jpeg = await sharp(frame, raw).jpeg({ quality: jpegQuality, chromaSubsampling: '4:2:0' }).toBuffer();
    bytes += jpeg.length;
    fragments.push(Uint8Array.from(jpeg).buffer);
  }
  return {
    ...common,
    // The only interpretation that ultrasound has for JPEG; scanners, too, give it to 4:2:0.
    PhotometricInterpretation: 'YBR_FULL_422',
    LossyImageCompression: '01',
    LossyImageCompressionRatio: Number(((rows * columns * 3 * frames.length) / bytes).toFixed(2)),
    LossyImageCompressionMethod: 'ISO_10918_1',
    PixelData: fragments,
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
