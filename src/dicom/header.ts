import { AgentError } from '#domain/errors';
import { Identifying } from '#domain/identifying';
import type { DicomJson, ImageFacts, InstanceFacts, UltrasoundRegion } from '#domain/instance';
import { parseUid, type StudyUid, type Uid } from '#domain/uid';
import { withFile } from './byte-source.ts';
import type { DataSet } from './elements.ts';
import { readPart10 } from './part10.ts';
import { toDicomJson } from './values.ts';

/** What the header of a file says; its pixel data is not read. Throws OBJECT_UNREADABLE. */
export function readHeader(path: string): InstanceFacts {
  return withFile(path, (source) => factsOf(readPart10(source)));
}

/** The facts of a data set that has been walked. */
export function factsOf(dataSet: DataSet): InstanceFacts {
  const json = toDicomJson(dataSet);
  const image = dataSet.pixelData && imageIn(json);
  return {
    sopInstance: requiredUid(json, '00080018', 'SOP Instance UID'),
    sopClass: requiredUid(json, '00080016', 'SOP Class UID'),
    series: requiredUid(json, '0020000E', 'Series Instance UID'),
    study: requiredUid(json, '0020000D', 'Study Instance UID') as StudyUid,
    transferSyntax: dataSet.syntax.uid as Uid,
    modality: text(json, '00080060'),
    manufacturer: text(json, '00080070'),
    modelName: text(json, '00081090'),
    ...(image && { image }),
    ...optional('station', text(json, '00081010')),
    locations: [text(json, '00380300'), text(json, '00081040')].filter((location) => location !== ''),
    attributes: new Identifying(json),
  };
}

function optional<Key extends string>(key: Key, value: string): { [Name in Key]?: string } {
  return value === '' ? {} : ({ [key]: value } as { [Name in Key]: string });
}

/** What a data set says of its image; undefined where it holds none. */
export function imageFacts(dataSet: DataSet): ImageFacts | undefined {
  return dataSet.pixelData && imageIn(toDicomJson(dataSet));
}

function requiredUid(json: DicomJson, tag: string, name: string): Uid {
  const uid = parseUid(text(json, tag));
  if (!uid) throw new AgentError('OBJECT_UNREADABLE', `${name} is missing or no UID.`);
  return uid;
}

function imageIn(json: DicomJson): ImageFacts | undefined {
  const [rows, columns] = [count(json, '00280010'), count(json, '00280011')];
  if (rows === 0 || columns === 0) return undefined;
  return {
    rows,
    columns,
    frames: Math.max(1, count(json, '00280008', 1)),
    samplesPerPixel: count(json, '00280002', 1),
    bitsAllocated: count(json, '00280100', 8),
    bitsStored: count(json, '00280101', 8),
    photometricInterpretation: text(json, '00280004'),
    planarConfiguration: count(json, '00280006'),
    imageType: values(json, '00080008').map((value) => (typeof value === 'string' ? value : '')),
    colourDataPresent: number(json, '00280014') === 1,
    regions: values(json, '00186011').map((item) => region(item as DicomJson)),
    frameTimesMs: frameTimes(json),
  };
}

/** Frame Time (0018,1063), or Frame Time Vector (0018,1065), or from the rates. */
function frameTimes(json: DicomJson): readonly number[] {
  const vector = values(json, '00181065').map(Number);
  if (vector.length > 1 && vector.every(Number.isFinite)) return vector;
  const time = number(json, '00181063');
  if (time > 0) return [time];
  const rate = number(json, '00180040') || number(json, '00082144'); // Cine Rate, Recommended Display Frame Rate
  return rate > 0 ? [1000 / rate] : [];
}

function region(item: DicomJson): UltrasoundRegion {
  return {
    // X1, Y1 are the last pixel of the region (PS3.3 section C.8.5.5.1.4); our boxes end behind it.
    box: {
      x0: number(item, '00186018'),
      y0: number(item, '0018601A'),
      x1: number(item, '0018601C') + 1,
      y1: number(item, '0018601E') + 1,
    },
    spatialFormat: number(item, '00186012'),
    dataType: number(item, '00186014'),
    flags: number(item, '00186016'),
    unitsX: number(item, '00186024'),
    unitsY: number(item, '00186026'),
    deltaX: number(item, '0018602C'),
    deltaY: number(item, '0018602E'),
  };
}

function values(json: DicomJson, tag: string): readonly unknown[] {
  return json[tag]?.Value ?? [];
}

function text(json: DicomJson, tag: string): string {
  const value = values(json, tag)[0];
  return typeof value === 'string' ? value : '';
}

function number(json: DicomJson, tag: string, fallback = 0): number {
  const value = Number(values(json, tag)[0]);
  return Number.isFinite(value) && values(json, tag)[0] !== null && values(json, tag).length > 0 ? value : fallback;
}

/** A whole number from 0; what is none is as if it were not there. */
function count(json: DicomJson, tag: string, fallback = 0): number {
  const value = number(json, tag, fallback);
  return Number.isSafeInteger(value) && value >= 0 ? value : fallback;
}
