import { once } from 'node:events';
import type { Assessment, ModelIdentity } from '#domain/assessment';
import type { ClipReading } from '#domain/clip';
import type { Delivery, ResultDocument } from '#domain/document';
import type { Finding } from '#domain/finding';
import type { Instance } from '#domain/instance';
import type { StudyRow, StudyState } from '#domain/study';
import type { StudyUid, Uid } from '#domain/uid';
import { createArchive, type TestArchive } from '#test/dicomweb/archive';
import { makeDicom } from '#test/support/make-dicom';
import { definitions, findingsOf } from './sample-findings.ts';

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
  const findings = findingsOf(clip(1));
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
