import dcmjs from 'dcmjs';

const { DicomDict, DicomMetaDictionary } = dcmjs.data;

/** What a test wants to say of a made object; the rest is plausible. */
export interface Wanted {
  readonly study: string;
  readonly series: string;
  readonly sopInstance: string;
  readonly sopClass?: string;
  readonly modality?: string;
  readonly studyDate?: string;
  readonly patientId?: string;
  readonly patientName?: string;
  /** One grey level per frame; every frame is 4 by 4 pixels of it. Without frames there is no pixel data. */
  readonly frames?: readonly number[];
  /** Further attributes by keyword. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const explicitLittleEndian = '1.2.840.10008.1.2.1';
const usMultiframe = '1.2.840.10008.5.1.4.1.1.3.1';

/** A small object as a Part 10 file in Explicit VR Little Endian: an ultrasound multi-frame image, unless something else is wanted. */
export function makeDicom(wanted: Wanted): Buffer {
  const sopClass = wanted.sopClass ?? usMultiframe;
  const dict = new DicomDict(
    DicomMetaDictionary.denaturalizeDataset({
      MediaStorageSOPClassUID: sopClass,
      MediaStorageSOPInstanceUID: wanted.sopInstance,
      TransferSyntaxUID: explicitLittleEndian,
      ImplementationClassUID: '2.25.1',
      FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
    }),
  );
  dict.dict = DicomMetaDictionary.denaturalizeDataset({
    SpecificCharacterSet: 'ISO_IR 192',
    SOPClassUID: sopClass,
    SOPInstanceUID: wanted.sopInstance,
    StudyInstanceUID: wanted.study,
    SeriesInstanceUID: wanted.series,
    StudyDate: wanted.studyDate ?? '20260105',
    StudyTime: '101500',
    AccessionNumber: '',
    Modality: wanted.modality ?? 'US',
    Manufacturer: 'Maker',
    ReferringPhysicianName: '',
    PatientName: wanted.patientName ?? 'Test^Patient',
    PatientID: wanted.patientId ?? 'P1',
    PatientBirthDate: '19500101',
    PatientSex: 'O',
    StudyID: '1',
    SeriesNumber: 1,
    InstanceNumber: 1,
    ...(wanted.frames && pixels(wanted.frames)),
    ...wanted.more,
  });
  return Buffer.from(dict.write());
}

function pixels(frames: readonly number[]) {
  return {
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: frames.length,
    FrameTime: 33,
    Rows: 4,
    Columns: 4,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    _vrMap: { PixelData: 'OB' },
    PixelData: Uint8Array.from(frames.flatMap((grey) => Array<number>(16).fill(grey))).buffer,
  };
}
