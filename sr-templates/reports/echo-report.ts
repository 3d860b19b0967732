import { AgentError } from '#domain/errors';
import type { Finding, FindingDefinition, MeasurementDefinition } from '#domain/finding';
import { byAlgorithm, measuredProperties, observationTypes, unmeasured, viewCodes } from '#templates/codes';
import { definitionOf, figure, type ReportSubject, type ReportTemplate } from '#templates/report-template';
import { statements } from '#templates/statements';
import { imageRegion } from '#templates/tid1410-planar-roi';
import type { Algorithm } from '#templates/tid4019-algorithm-identification';
import { tid5300, type SimplifiedEchoReport } from '#templates/tid5300-simplified-echo-report';
import {
  postCoordinatedMeasurement,
  type EchoMeasurement,
  type PostCoordinatedMeasurement,
} from '#templates/tid5302-post-coordinated-echo-measurement';

/** The measurements as Simplified Adult Echo SR, for echo information systems. */
export default {
  id: 'echo-report',
  kind: 'echo-sr',
  sopClass: '1.2.840.10008.5.1.4.1.1.88.72',
  title: 'AI Echo Report',
  seriesNumber: 3,
  needsTimezone: true,
  content,
} satisfies ReportTemplate;

function content(subject: ReportSubject): SimplifiedEchoReport {
  const { assessment, observer } = subject;
  return tid5300({
    observer,
    statements: statements(assessment.model),
    measurements: assessment.findings.flatMap((finding) => measurement(finding, subject) ?? []),
  });
}

/** Only numbers: an echo report has no place for answers in words. A number that was not measured says so. */
function measurement(finding: Finding, subject: ReportSubject): PostCoordinatedMeasurement | undefined {
  const definition = definitionOf(subject.assessment, finding);
  if (definition.kind !== 'measurement') return undefined;
  const [view, ...others] = definition.views;
  const viewCode = view && others.length === 0 ? viewCodes[view] : undefined;
  return postCoordinatedMeasurement({
    name: byAlgorithm(definition.concept),
    site: definition.site,
    ...whatIsMeasured(definition),
    ...(viewCode && { view: viewCode }),
    shortLabel: `${definition.title} (AI)`,
    algorithm: algorithmOf(subject),
    measured: measuredOf(finding, definition, subject),
  });
}

/** By the unit: of a pressure the blood's, of a share the heart's. */
function whatIsMeasured({ unit }: MeasurementDefinition): Pick<EchoMeasurement, 'observation' | 'property'> {
  return unit.value === 'mm[Hg]'
    ? { observation: observationTypes.hemodynamic, property: measuredProperties.bloodPressure }
    : { observation: observationTypes.behaviour, property: measuredProperties.ejectionFraction };
}

function measuredOf(
  finding: Finding,
  { unit }: Extract<FindingDefinition, { kind: 'measurement' }>,
  { images }: ReportSubject,
): EchoMeasurement['measured'] {
  if (finding.kind === 'not-assessed')
    return { unmeasured: finding.because === 'model-failed' ? unmeasured.failed : unmeasured.notAttempted };
  if (finding.kind !== 'measured') return { unmeasured: unmeasured.failed };
  const { evidence, interval } = finding;
  const image = images[evidence.sopInstance];
  if (!image)
    throw new AgentError('REPORT_INVALID', `The clip ${evidence.sopInstance} of ${finding.id} is not at hand.`);
  const { reference, region } = image;
  return {
    value: figure(finding.value),
    unit,
    region: imageRegion({ region, drawnOn: { image: reference, frame: evidence.keyFrame + 1 } }),
    ...(interval && {
      interval: { lower: figure(interval.lower), upper: figure(interval.upper), level: interval.level },
    }),
  };
}

function algorithmOf({ assessment: { model } }: ReportSubject): Algorithm {
  const parameters = [`SHA-256 of weights, sentences, calibration and preprocessing: ${model.digest}`];
  return { name: model.name, version: model.version, parameters };
}
