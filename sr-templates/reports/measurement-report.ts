import type { Assessment } from '#domain/assessment';
import type { ClipReading } from '#domain/clip';
import type { Code } from '#domain/code';
import { AgentError } from '#domain/errors';
import type { Finding } from '#domain/finding';
import { groupNames, names, notAssessed, runStatus, values } from '#templates/codes';
import { code, text, type CodeItem, type TextItem } from '#templates/content-item';
import { definitionOf, figure, trackingUid, type ReportSubject, type ReportTemplate } from '#templates/report-template';
import { nothingAssessed, preliminary, statements } from '#templates/statements';
import { planarRoi, type PlanarRoiGroup } from '#templates/tid1410-planar-roi';
import { roiMeasurement, type RoiMeasurement } from '#templates/tid1419-roi-measurement';
import { tid1500, type MeasurementReport } from '#templates/tid1500-measurement-report';
import { imageLibrary } from '#templates/tid1600-image-library';
import type { Algorithm } from '#templates/tid4019-algorithm-identification';

/** All findings as Comprehensive 3D SR after IHE AI Results. */
export default {
  id: 'measurement-report',
  kind: 'sr',
  sopClass: '1.2.840.10008.5.1.4.1.1.88.34',
  title: 'AI Measurement Report',
  seriesNumber: 1,
  content,
} satisfies ReportTemplate;

type Assessed = Exclude<Finding, { kind: 'not-assessed' }>;

function content(subject: ReportSubject): MeasurementReport {
  const { assessment, observer, images } = subject;
  const assessed = byImportance(assessment.findings.filter((finding) => finding.kind !== 'not-assessed'));
  const frames = framesToDrawOn(assessed, images);
  return tid1500({
    observer,
    procedure: values.echocardiography,
    library: imageLibrary(
      assessment.clips.filter(isUltrasound).flatMap(({ sopInstance, view }) => {
        const image = images[sopInstance]?.reference;
        return image ? [{ image, ...(view?.kind === 'recognised' && { view: view.view }) }] : [];
      }),
    ),
    algorithm: algorithmOf(assessment),
    groups: assessed.map((finding, index) => group(finding, frames[index]!, subject)),
    evaluations: [code(names.runSummary, runStatusOf(assessment)), ...remarks(assessment)],
  });
}

/** The library says of what stands in it that it is ultrasound of the heart: a study may hold other objects. */
function isUltrasound({ eligibility }: ClipReading): boolean {
  return eligibility.kind === 'eligible' || !['not-an-image', 'not-ultrasound'].includes(eligibility.because);
}

function group(finding: Assessed, frame: number, { assessment, images, overlays }: ReportSubject): PlanarRoiGroup {
  const definition = definitionOf(assessment, finding);
  const { evidence } = finding;
  const key = images[evidence.sopInstance];
  if (!key) throw new AgentError('REPORT_INVALID', `The clip ${evidence.sopInstance} of ${finding.id} is not at hand.`);
  const explanation = overlays[finding.id];
  return planarRoi({
    tracking: {
      identifier: definition.title,
      uid: trackingUid(assessment, finding),
    },
    ...(isPositive(finding) && { finding: definition.concept }),
    site: definition.site,
    region: key.region,
    drawnOn: { image: key.reference, frame: frame + 1 },
    clips: evidence.clips.flatMap((clip) => {
      const reference = images[clip]?.reference;
      if (!reference) return [];
      return [clip === evidence.sopInstance ? { ...reference, frames: [evidence.keyFrame + 1] } : reference];
    }),
    ...(explanation && { explanation }),
    ...(finding.kind === 'answered' && { answer: code(definition.concept, finding.answer) }),
    measurements: measurements(finding, assessment),
  });
}

/** What was measured first, then what a reader should notice, then the rest. */
function byImportance(findings: readonly Assessed[]): readonly Assessed[] {
  const rank = (finding: Assessed): number => (finding.kind === 'measured' ? 0 : isPositive(finding) ? 1 : 2);
  return findings.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * The frame, from 0, on which each finding's region is drawn: its key frame or, where a more important finding
 * stands on that already, the nearest analysed frame that is free, since viewers write the labels of one frame over
 * each other. The region holds for every analysed frame alike; the key frame is stated with the source of measurement.
 */
function framesToDrawOn(findings: readonly Assessed[], images: ReportSubject['images']): readonly number[] {
  const taken = new Set<string>();
  return findings.map(({ evidence: { sopInstance, keyFrame } }) => {
    const near = (images[sopInstance]?.analysedFrames ?? []).toSorted(
      (a, b) => Math.abs(a - keyFrame) - Math.abs(b - keyFrame),
    );
    const frame = [keyFrame, ...near].find((candidate) => !taken.has(`${sopInstance} ${candidate}`)) ?? keyFrame;
    taken.add(`${sopInstance} ${frame}`);
    return frame;
  });
}

/** What was measured, and what a reader should notice; the concept of an absent or unanswered finding stands with its similarity only. */
function isPositive(finding: Assessed): boolean {
  return finding.kind === 'measured' || (finding.kind === 'answered' && finding.notable);
}

function measurements(finding: Assessed, assessment: Assessment): readonly [RoiMeasurement, ...RoiMeasurement[]] {
  const definition = definitionOf(assessment, finding);
  const algorithm = algorithmOf(assessment, finding);
  const modifiers = [code(groupNames.askedAbout, definition.concept)];
  const cosine = (name: Code, value: number, percentile?: number): RoiMeasurement =>
    roiMeasurement({ name, value: figure(value), unit: values.noUnits, percentile, modifiers, algorithm });
  const percentile = finding.kind === 'measured' ? undefined : finding.percentile;
  const similarity = cosine(groupNames.similarity, finding.similarity, percentile);
  if (finding.kind === 'answered') return [similarity, cosine(groupNames.threshold, finding.threshold)];
  if (finding.kind === 'similarity-only') return [similarity];
  if (definition.kind !== 'measurement')
    throw new AgentError('REPORT_INVALID', `${finding.id} has a value and no unit.`);
  const { interval } = finding;
  const value = roiMeasurement({
    name: definition.concept,
    value: figure(finding.value),
    unit: definition.unit,
    algorithm,
    ...(interval && {
      interval: { lower: figure(interval.lower), upper: figure(interval.upper), level: interval.level },
    }),
  });
  return [value, similarity];
}

function algorithmOf({ model, viewModel, sourceDigest }: Assessment, finding?: Assessed): Algorithm {
  const ofTheStudy = [
    `View classifier: ${viewModel.name} ${viewModel.version}, SHA-256 ${viewModel.digest}`,
    `SHA-256 of the instances assessed: ${sourceDigest}`,
  ];
  return {
    name: model.name,
    version: model.version,
    parameters: [
      `SHA-256 of weights, sentences, calibration and preprocessing: ${model.digest}`,
      ...(finding ? [`Sentence: ${finding.evidence.sentence}`] : ofTheStudy),
    ],
  };
}

function runStatusOf({ findings }: Assessment): Code {
  const anyAssessed = findings.some((finding) => finding.kind !== 'not-assessed');
  const anyFailed = findings.some((finding) => finding.kind === 'not-assessed' && finding.because === 'model-failed');
  if (anyAssessed) return anyFailed ? runStatus.partlySucceeded : runStatus.succeeded;
  return anyFailed ? runStatus.failed : runStatus.nothingFound;
}

function remarks(assessment: Assessment): readonly (CodeItem | TextItem)[] {
  const isAnswered = assessment.findings.some(({ kind }) => kind !== 'not-assessed');
  const said = [
    ...(assessment.stage === 'preliminary' ? [preliminary] : []),
    ...(isAnswered ? [] : [nothingAssessed]),
    ...statements(assessment.model),
  ];
  return [
    ...said.map((statement) => text(names.statement, statement)),
    ...assessment.findings.flatMap((finding) =>
      finding.kind === 'not-assessed'
        ? [code(definitionOf(assessment, finding).concept, notAssessed[finding.because])]
        : [],
    ),
  ];
}
