import { once } from 'node:events';
import type { Assessment, ModelIdentity } from '#domain/assessment';
import type { ClipReading } from '#domain/clip';
import type { Code } from '#domain/code';
import type { Delivery, ResultDocument } from '#domain/document';
import type { Finding, FindingDefinition, FindingEvidence } from '#domain/finding';
import type { Instance } from '#domain/instance';
import type { StudyRow, StudyState } from '#domain/study';
import type { StudyUid, Uid } from '#domain/uid';
import type { Frames } from '#src/ports';
import { createArchive, type TestArchive } from '#test/dicomweb/archive';
import { makeDicom } from '#test/support/make-dicom';

/** An archive and what a ledger would say of it: studies in every state, with made-up patients. */
export interface Sample {
  readonly archive: TestArchive;
  readonly rows: StudyRow[];
  readonly assessments: Map<string, Assessment>;
  readonly documents: ResultDocument[];
  readonly deliveries: Delivery[];
}

export const studies = {
  assessed: '1.2.826.0.1.1',
  notAnalysable: '1.2.826.0.1.2',
  assessing: '1.2.826.0.1.3',
  receiving: '1.2.826.0.1.4',
  setAside: '1.2.826.0.1.5',
} as const;

/** What the made-up patients are called; nothing but /dicom-web may say it. */
export const patients = [
  'Lindqvist^Astrid',
  "O'Brien^<b>Máire</b>",
  '山田^太郎',
  'Okafor^Chidi',
  'Moreau^Hélène',
] as const;

export const phantomModel: ModelIdentity = {
  id: 'phantom-echoclip',
  name: 'EchoCLIP, phantom weights',
  manufacturer: 'Apical',
  version: '1',
  digest: 'a'.repeat(64),
  phantomOnly: true,
  provider: 'cpu',
};
export const viewModel: ModelIdentity = { ...phantomModel, id: 'phantom-view-classifier', name: 'View classifier' };

const startedAt = Date.UTC(2026, 10, 25, 8, 0, 0);

export async function createSample(): Promise<Sample> {
  const archive = await createArchive();
  const sample: Sample = { archive, rows: [], assessments: new Map(), documents: [], deliveries: [] };
  const states: readonly [keyof typeof studies, StudyState][] = [
    ['assessed', { kind: 'assessed', revision: 1 }],
    ['notAnalysable', { kind: 'assessed', revision: 1 }],
    ['assessing', { kind: 'assessing', revision: 1 }],
    ['receiving', { kind: 'receiving' }],
    ['setAside', { kind: 'set-aside', revision: 1, fault: 'MODEL_UNFIT' }],
  ];
  for (const [at, [name, state]] of states.entries()) {
    const study = studies[name];
    const clips = name === 'assessed' ? 5 : 2;
    for (let number = 1; number <= clips; number++)
      await keep(archive, { study, number, patient: at, frames: name === 'notAnalysable' ? 1 : 24 });
    const arrivedAt = startedAt - at * 3_600_000;
    const row = {
      study: study as StudyUid,
      firstArrivalAt: arrivedAt,
      lastArrivalAt: arrivedAt + 42_000,
      longestGapMs: 1000,
    };
    sample.rows.push({ ...row, instances: clips, state });
  }
  await addAssessed(sample);
  addNotAnalysable(sample);
  return sample;
}

/** Draws a moving picture that looks a little like an echocardiogram; overlays are warm in the middle. Each frame is drawn once. */
export function createDrawing(): (isOverlay: boolean, frameIndices: readonly number[]) => Frames {
  const drawn = new Map<string, Uint8Array>();
  return (isOverlay, frameIndices) => {
    const pixels = frameIndices.map((index) => {
      const key = `${isOverlay} ${index}`;
      const frame = drawn.get(key) ?? drawFrame(isOverlay, index);
      drawn.set(key, frame);
      return frame;
    });
    return { rows, columns, pixels };
  };
}

const [rows, columns] = [150, 200];

function drawFrame(isOverlay: boolean, index: number): Uint8Array {
  const frame = new Uint8Array(rows * columns * 3);
  const beat = Math.sin((index / 24) * 2 * Math.PI) * 6;
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const [dx, dy] = [x - 100, y - 5];
      const [depth, angle] = [Math.hypot(dx, dy), Math.abs(Math.atan2(dx, dy))];
      if (depth > 140 || angle > 0.7) continue;
      const cavity = ((x - 100) / (30 + beat)) ** 2 + ((y - 75) / (45 + beat)) ** 2;
      const speckle = ((x * 7919 + y * 104_729 + index * 31) % 97) / 97;
      const grey = cavity < 1 ? 12 * speckle : (cavity < 1.5 ? 190 : 90) * (0.5 + speckle / 2) * (1 - depth / 200);
      const heat = isOverlay ? Math.max(0, 1 - Math.hypot(x - 80, y - 60) / 35) : 0;
      const at = (y * columns + x) * 3;
      frame.set([grey * (1 - heat) + 230 * heat, grey * (1 - heat) + 70 * heat, grey * (1 - heat)], at);
    }
  return frame;
}

async function keep(
  archive: TestArchive,
  { study, number, patient, frames }: { study: string; number: number; patient: number; frames: number },
): Promise<Instance> {
  return store(archive, {
    study,
    series: `${study}.1`,
    sopInstance: `${study}.1.${number}`,
    patientName: patients[patient]!,
    patientId: `SECRET-${patient}`,
    studyDate: `2026112${5 - patient}`,
    frames: Array<number>(frames).fill(9),
    more: { StudyDescription: 'TTE complete', FrameTime: 40 },
  });
}

async function store(archive: TestArchive, wanted: Parameters<typeof makeDicom>[0]): Promise<Instance> {
  const reception = await archive.receive({ kind: 'stow-rs', address: '127.0.0.1' });
  reception.sink.end(makeDicom(wanted));
  await once(reception.sink, 'finish');
  await reception.keep();
  return archive.instances.at(-1)!;
}

const percent: Code = { value: '%', scheme: 'UCUM', meaning: 'percent' };
const code = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning });
const heart = code('80891009', 'Heart structure');

function defined(id: string, title: string, kind: FindingDefinition['kind'] = 'presence'): FindingDefinition {
  const common = { id, title, concept: code(id, title), site: heart, views: ['A4C'] as const };
  if (kind === 'measurement') return { ...common, kind, unit: percent, range: [0, 100], sentences: ['<#>'] };
  if (kind === 'grade') return { ...common, kind, grades: [] };
  return { ...common, kind, sentences: [title] };
}

export const definitions: readonly FindingDefinition[] = [
  defined('ejection-fraction', 'Left ventricular ejection fraction', 'measurement'),
  defined('pericardial-effusion', 'Pericardial effusion'),
  defined('pacemaker', 'Pacemaker lead'),
  defined('mitraclip', 'Mitral valve clip'),
  defined('right-ventricular-dilation', 'Right ventricular dilation', 'grade'),
  defined('pulmonary-pressure', 'Pulmonary artery systolic pressure', 'measurement'),
];

export const sentence = 'LARGE PERICARDIAL EFFUSION. ';

async function addAssessed({ archive, assessments, documents, deliveries }: Sample): Promise<void> {
  const study = studies.assessed as StudyUid;
  const clip = (number: number) => `${study}.1.${number}` as Uid;
  const series = `${study}.1` as Uid;
  const eligible = { kind: 'eligible' } as const;
  const clips: readonly ClipReading[] = [
    {
      sopInstance: clip(1),
      series,
      eligibility: eligible,
      view: { kind: 'recognised', view: 'A4C', score: 0.97 },
      used: true,
    },
    {
      sopInstance: clip(2),
      series,
      eligibility: eligible,
      view: { kind: 'recognised', view: 'PLAX', score: 0.91 },
      used: false,
    },
    {
      sopInstance: clip(3),
      series,
      eligibility: eligible,
      view: { kind: 'unsure', nearest: 'A2C', score: 0.41 },
      used: false,
    },
    { sopInstance: clip(4), series, eligibility: { kind: 'ineligible', because: 'colour-doppler' }, used: false },
  ];
  const evidence: FindingEvidence = { sopInstance: clip(1), keyFrame: 6, clips: [clip(1)], sentence };
  const findings: readonly Finding[] = [
    {
      kind: 'measured',
      id: 'ejection-fraction',
      value: 34,
      interval: { lower: 27, upper: 41, level: 0.9 },
      similarity: 0.274,
      evidence,
    },
    {
      kind: 'answered',
      id: 'pericardial-effusion',
      answer: code('52101004', 'Present'),
      notable: true,
      similarity: 0.31,
      threshold: 0.22,
      evidence,
    },
    {
      kind: 'answered',
      id: 'pacemaker',
      answer: code('2667000', 'Absent'),
      notable: false,
      similarity: 0.11,
      threshold: 0.24,
      evidence,
    },
    { kind: 'similarity-only', id: 'mitraclip', similarity: 0.187, percentile: 83, evidence },
    {
      kind: 'answered',
      id: 'right-ventricular-dilation',
      answer: code('1', 'Normal'),
      notable: false,
      similarity: 0.2,
      threshold: 0.1,
      evidence,
    },
    { kind: 'not-assessed', id: 'pulmonary-pressure', because: 'no-suitable-view' },
  ];
  const about = {
    revision: 1,
    stage: 'settled',
    sourceDigest: 'd',
    model: phantomModel,
    viewModel,
    definitions,
    settledAt: startedAt,
  } as const;
  assessments.set(study, { ...about, study, clips, findings });

  const place = (kind: number) => ({ study, series: `${study}.9` as Uid, sopInstance: `${study}.9.${kind}` as Uid });
  const common = { revision: 1, phantomOnly: true };
  const documentsOf: readonly ResultDocument[] = [
    { ...place(1), ...common, sopClass: '1.2.840.10008.5.1.4.1.1.88.34' as Uid, kind: 'sr', title: 'Echo AI report' },
    {
      ...place(2),
      ...common,
      sopClass: '1.2.840.10008.5.1.4.1.1.7.4' as Uid,
      kind: 'sc',
      title: 'Pericardial effusion',
      findingId: 'pericardial-effusion',
      sourceInstance: clip(1),
    },
  ];
  for (const document of documentsOf) {
    documents.push(document);
    const frames = document.kind === 'sc' ? { frames: Array<number>(24).fill(9) } : {};
    const modality = document.kind === 'sc' ? 'OT' : 'SR';
    const { sopClass, series, sopInstance } = document;
    const patientName = patients[0];
    await store(archive, {
      study,
      series,
      sopInstance,
      sopClass,
      modality,
      patientName,
      patientId: 'SECRET-0',
      ...frames,
    });
    (archive.instances as Instance[]).push({ ...(archive.instances as Instance[]).pop()!, role: 'result' });
    const to = { document: sopInstance, at: startedAt + 90_000 };
    deliveries.push(
      { ...to, destination: 'Hospital PACS', state: 'delivered', attempts: 1, proof: 'committed' },
      { ...to, destination: 'Research archive', state: 'waiting', attempts: 3, fault: 'DESTINATION_UNREACHABLE' },
    );
  }
}

function addNotAnalysable({ assessments }: Sample): void {
  const study = studies.notAnalysable as StudyUid;
  const clips = [1, 2].map((number): ClipReading => {
    const eligibility = { kind: 'ineligible', because: 'still' } as const;
    return { sopInstance: `${study}.1.${number}` as Uid, series: `${study}.1` as Uid, eligibility, used: false };
  });
  const findings = definitions.map(({ id }): Finding => ({ kind: 'not-assessed', id, because: 'no-eligible-clip' }));
  const about = {
    revision: 1,
    stage: 'settled',
    sourceDigest: 'd',
    model: phantomModel,
    viewModel,
    definitions,
    settledAt: startedAt,
  } as const;
  assessments.set(study, { ...about, study, clips, findings });
}
