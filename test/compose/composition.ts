import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { readHeader } from '#dicom/header';
import { named, type Attributes } from '#dicom/write/named-attributes';
import { part10File } from '#dicom/write/part10-file';
import type { Assessment, ModelIdentity } from '#domain/assessment';
import type { Explanation } from '#domain/explanation';
import type { Finding, FindingDefinition } from '#domain/finding';
import type { DicomJsonElement, Instance } from '#domain/instance';
import { deriveUid, type StudyUid, type Uid } from '#domain/uid';
import type { Composition, Frames } from '#src/ports';

export const study = deriveUid('test study') as StudyUid;
export const [rows, columns, frameCount] = [240, 320, 40] as const;
const chosenFrames = [0, 2, 4, 6];

/** A folder for one test's files, and its removal. */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'apical-compose-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

export interface SourceWishes {
  readonly name?: Readonly<Record<string, string>>;
  readonly more?: Attributes;
}

/** An apical clip of 320 by 240 pixels in a file, as the pipeline would hand it over. */
export async function makeSource(
  folder: string,
  { name = { Alphabetic: 'Test^Patient' }, more = {} }: SourceWishes = {},
) {
  const sopInstance = deriveUid('test clip');
  const jpeg = await sharp({ create: { width: columns, height: rows, channels: 3, background: '#404040' } })
    .jpeg()
    .toBuffer();
  const sopClass = '1.2.840.10008.5.1.4.1.1.3.1';
  const patientName: DicomJsonElement = { vr: 'PN', Value: [name] };
  const attributes = {
    ...named({
      StudyInstanceUID: study,
      SeriesInstanceUID: deriveUid('test series'),
      StudyDate: '20260105',
      StudyTime: '101500',
      AccessionNumber: 'A1',
      ReferringPhysicianName: 'Doe^Jane',
      StudyID: '1',
      StudyDescription: 'Echo',
      Modality: 'US',
      Manufacturer: 'Maker',
      PatientID: 'P1',
      PatientBirthDate: '19500101',
      PatientSex: 'O',
      SeriesNumber: 1,
      InstanceNumber: 1,
      ImageType: ['ORIGINAL', 'PRIMARY'],
      SamplesPerPixel: 3,
      PhotometricInterpretation: 'YBR_FULL_422',
      PlanarConfiguration: 0,
      NumberOfFrames: frameCount,
      FrameIncrementPointer: '00181063',
      FrameTime: 33.3,
      Rows: rows,
      Columns: columns,
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
      LossyImageCompression: '01',
      LossyImageCompressionRatio: 12,
      LossyImageCompressionMethod: 'ISO_10918_1',
      ...more,
    }),
    '00100010': patientName,
  };
  const path = join(folder, 'source.dcm');
  writeFileSync(
    path,
    part10File({
      sopClass,
      sopInstance,
      attributes,
      pixels: { encoding: 'jpeg', frames: Array(frameCount).fill(jpeg) as Uint8Array[] },
    }),
  );
  return sourceAt(path);
}

/** A source as the pipeline hands it over: the header's facts, and where the file lies. */
export function sourceAt(path: string): Composition['sources'][number] {
  const facts = readHeader(path);
  const instance: Instance = {
    facts,
    file: 'instances/source.dcm',
    bytes: 1,
    sha256: 'ab',
    receivedAt: 1,
    role: 'source',
  };
  return { instance, path };
}

const model: ModelIdentity = {
  id: 'echoclip',
  name: 'EchoCLIP',
  manufacturer: 'Cedars-Sinai',
  version: '1',
  digest: 'c0ffee'.repeat(10).padEnd(64, '0'),
  phantomOnly: false,
  provider: 'cpu',
};

const lvef: FindingDefinition = {
  id: 'left-ventricular-ejection-fraction',
  title: 'Left ventricular ejection fraction',
  concept: { value: '18043-0', scheme: 'LN', meaning: 'Left Ventricular Ejection Fraction by US' },
  site: { value: '87878005', scheme: 'SCT', meaning: 'Left ventricle' },
  views: ['A4C'],
  kind: 'measurement',
  unit: { value: '%', scheme: 'UCUM', meaning: 'percent' },
  range: [0, 100],
  sentences: ['THE EJECTION FRACTION IS <#>%'],
};
const effusion: FindingDefinition = {
  id: 'pericardial-effusion',
  title: 'Pericardial effusion',
  concept: { value: '373945007', scheme: 'SCT', meaning: 'Pericardial effusion' },
  site: { value: '76848001', scheme: 'SCT', meaning: 'Pericardium' },
  views: ['A4C'],
  kind: 'presence',
  sentences: ['THERE IS A PERICARDIAL EFFUSION'],
};
const clip: FindingDefinition = {
  ...effusion,
  id: 'mitral-clip',
  title: 'Mitral valve clip',
  concept: { value: 'mitral-clip', scheme: '99APICAL', meaning: 'Percutaneous mitral valve repair clip' },
  site: { value: '91134007', scheme: 'SCT', meaning: 'Mitral valve' },
};
const dilation: FindingDefinition = {
  id: 'left-ventricle-size',
  title: 'Left ventricle size',
  concept: { value: 'lv-size', scheme: '99APICAL', meaning: 'Size of left ventricle' },
  site: lvef.site,
  views: ['A4C'],
  kind: 'grade',
  grades: [
    { id: 'severe', answer: { value: '373128001', scheme: 'SCT', meaning: 'Markedly enlarged' }, sentences: ['x'] },
  ],
};
const pacemaker: FindingDefinition = {
  ...effusion,
  id: 'pacemaker',
  title: 'Pacemaker lead',
  concept: { value: '360129009', scheme: 'SCT', meaning: 'Cardiac pacemaker lead' },
  site: { value: '53085002', scheme: 'SCT', meaning: 'Right ventricle' },
};

export const definitions = [lvef, effusion, clip, dilation, pacemaker];

/** One finding of every kind. */
export function findings(sopInstance: Uid): readonly Finding[] {
  const evidence = (sentence: string) => ({ sopInstance, keyFrame: 4, clips: [sopInstance], sentence });
  return [
    {
      kind: 'measured',
      id: lvef.id,
      value: 57.3,
      interval: { lower: 50.1, upper: 63.9, level: 0.9 },
      similarity: 0.231256,
      evidence: evidence('THE EJECTION FRACTION IS 57%'),
    },
    {
      kind: 'answered',
      id: effusion.id,
      answer: { value: '272519000', scheme: 'SCT', meaning: 'Absent' },
      notable: false,
      similarity: 0.11,
      threshold: 0.18,
      percentile: 37,
      evidence: evidence('THERE IS A PERICARDIAL EFFUSION'),
    },
    {
      kind: 'answered',
      id: dilation.id,
      answer: { value: '373128001', scheme: 'SCT', meaning: 'Markedly enlarged' },
      notable: true,
      similarity: 0.27,
      threshold: 0.2,
      evidence: evidence('SEVERELY DILATED LEFT VENTRICLE'),
    },
    { kind: 'similarity-only', id: clip.id, similarity: 0.09, evidence: evidence('MITRAL CLIP') },
    { kind: 'not-assessed', id: pacemaker.id, because: 'model-failed' },
  ];
}

/** A composition over one clip, assessed, with overlays for the first and third finding. */
export function aComposition(
  source: Composition['sources'][number],
  wishes: Partial<Assessment> & {
    readonly predecessors?: Composition['predecessors'];
    readonly isPhantomOnly?: boolean;
  } = {},
): Composition {
  const { predecessors = [], isPhantomOnly = false, ...changes } = wishes;
  const { sopInstance, series } = source.instance.facts;
  const assessment: Assessment = {
    study,
    revision: 1,
    stage: 'settled',
    sourceDigest: 'd1'.repeat(32),
    model: { ...model, phantomOnly: isPhantomOnly },
    viewModel: { ...model, id: 'view', name: 'View classifier' },
    clips: [
      {
        sopInstance,
        series,
        eligibility: { kind: 'eligible' },
        view: { kind: 'recognised', view: 'A4C', score: 0.9 },
        used: true,
      },
    ],
    findings: findings(sopInstance),
    definitions,
    settledAt: Date.UTC(2026, 0, 5, 23, 30, 1, 250),
    ...changes,
  };
  const overlays = assessment.findings
    .filter(({ id, kind }) => kind !== 'not-assessed' && [lvef.id, dilation.id].includes(id))
    .map((finding) => ({ finding, explanation: anExplanation(sopInstance, finding), frames: greyFrames() }));
  return { assessment, sources: [source], overlays, predecessors };
}

/** Nothing could be assessed: no apical clip. */
export function withoutView(source: Composition['sources'][number]): Composition {
  const { sopInstance, series } = source.instance.facts;
  return aComposition(source, {
    findings: definitions.map(({ id }) => ({ kind: 'not-assessed', id, because: 'no-suitable-view' })),
    clips: [
      {
        sopInstance,
        series,
        eligibility: { kind: 'eligible' },
        view: { kind: 'recognised', view: 'PLAX', score: 0.8 },
        used: false,
      },
    ],
  });
}

/** A map that is 1 in its upper left quarter and 0 elsewhere, in every frame. */
function anExplanation(sopInstance: Uid, finding: Finding): Explanation {
  const size = 8;
  const maps = Float32Array.from({ length: chosenFrames.length * size * size }, (_, index) => {
    const [x, y] = [index % size, Math.floor(index / size) % size];
    return x < size / 2 && y < size / 2 ? 1 : 0;
  });
  return {
    sopInstance,
    findingId: finding.id,
    sentence: 'THE EJECTION FRACTION IS 57% <BY EYE> & more',
    similarity: 0.231256,
    method: 'integrated-gradients',
    parameters: { steps: '16', baseline: 'black' },
    maps,
    size,
    frameIndices: chosenFrames,
    crop: { x0: 64, y0: 24, x1: 256, y1: 216 },
  };
}

function greyFrames(): Frames {
  return { rows, columns, pixels: chosenFrames.map((frame) => new Uint8Array(rows * columns * 3).fill(60 + frame)) };
}
