import type { Assessment, ModelIdentity } from '#domain/assessment';
import { ineligibilities, type ClipReading } from '#domain/clip';
import type { Code } from '#domain/code';
import { omissions, type Finding, type FindingDefinition } from '#domain/finding';
import { elements, headings, values } from '#templates/codes';
import { definitionOf, type ReportSubject, type ReportTemplate } from '#templates/report-template';
import { nothingAssessed, statements } from '#templates/statements';
import { tid2000, type DiagnosticImagingReport } from '#templates/tid2000-diagnostic-imaging-report';

/** The same findings in plain words, which every viewer shows. */
export default {
  id: 'text-report',
  kind: 'text-sr',
  sopClass: '1.2.840.10008.5.1.4.1.1.88.11',
  title: 'AI Report in Words',
  seriesNumber: 2,
  content,
} satisfies ReportTemplate;

function content({ assessment, observer }: ReportSubject): DiagnosticImagingReport {
  const sentences = assessment.findings.map((finding) => sentence(finding, definitionOf(assessment, finding)));
  const [first = 'No question was put to the clips.', ...others] = sentences;
  return tid2000({
    observer,
    procedure: values.echocardiography,
    sections: [
      { heading: headings.summary, element: elements.summary, paragraphs: summary(assessment) },
      { heading: headings.findings, element: elements.finding, paragraphs: [first, ...others] },
      { heading: headings.procedure, element: elements.procedure, paragraphs: procedure(assessment) },
    ],
  });
}

function summary({ model, findings, revision }: Assessment): readonly [string, ...string[]] {
  const assessed = findings.filter(({ kind }) => kind !== 'not-assessed').length;
  const outcome =
    assessed > 0 ? `The algorithm ran; ${assessed} of ${findings.length} findings were assessed.` : nothingAssessed;
  return [
    ...statements(model),
    outcome,
    'Made by a computer program, not verified by a physician.',
    ...(revision > 1 ? [`Revision ${revision}; it replaces the report before it.`] : []),
  ];
}

function sentence(finding: Finding, definition: FindingDefinition): string {
  const { title } = definition;
  switch (finding.kind) {
    case 'measured': {
      const unit = definition.kind === 'measurement' ? inWords(definition.unit) : '';
      const { interval } = finding;
      const range = interval
        ? `Interval ${round(interval.lower)} to ${round(interval.upper)} ${unit}, which aims at covering ${round(100 * interval.level)} % of cases.`
        : 'No interval: the model has no calibration for it.';
      // Viewers show a finding as it is broken into lines, and cut off what is wider than the screen.
      return [`${title}: ${round(finding.value)} ${unit}.`, `${range} Similarity ${cosine(finding.similarity)}.`].join(
        '\r\n',
      );
    }
    case 'answered':
      return `${title}: ${finding.answer.meaning}. Similarity ${cosine(finding.similarity)}${rank(finding)}, threshold ${cosine(finding.threshold)}.`;
    case 'similarity-only':
      return `${title}: no answer, the model has no threshold for it. Similarity ${cosine(finding.similarity)}${rank(finding)}.`;
    case 'not-assessed':
      return `${title}: NOT ASSESSED, ${omissions[finding.because]}.`;
  }
}

function procedure({ model, viewModel, clips, findings, sourceDigest }: Assessment): readonly [string, ...string[]] {
  return [
    `Model: ${identity(model)}`,
    `View classifier: ${identity(viewModel)}`,
    ...clipCounts(clips),
    `SHA-256 of the instances assessed: ${sourceDigest}`,
    'A similarity is a cosine between -1 and 1 of image and sentence; it is no probability.',
    ...(findings.some((finding) => 'percentile' in finding)
      ? ['A percentile is how many per cent of the clips of the calibration are not more similar.']
      : []),
  ];
}

/** How many objects fared alike, the most first. */
function clipCounts(clips: readonly ClipReading[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const clip of clips) counts.set(fate(clip), (counts.get(fate(clip)) ?? 0) + 1);
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([words, count]) => `${count} ${count === 1 ? 'object' : 'objects'}: ${words}.`);
}

function fate({ eligibility, view, used }: ClipReading): string {
  if (eligibility.kind === 'ineligible') return `not analysed, ${ineligibilities[eligibility.because]}`;
  const seen = view?.kind === 'recognised' ? `view ${view.view}` : 'view not recognised';
  return `${seen}, ${used ? 'analysed' : 'not used for any finding'}`;
}

function identity({ name, version, manufacturer, digest }: ModelIdentity): string {
  return `${name} ${version} by ${manufacturer}, SHA-256 of weights, sentences, calibration and preprocessing: ${digest}.`;
}

/** A UCUM unit as a reader writes it: mm[Hg] is mmHg. */
function inWords({ value }: Code): string {
  return value.replaceAll(/[[\]]/g, '');
}

function round(value: number): string {
  return String(Number(value.toFixed(1)));
}

function cosine(value: number): string {
  return value.toFixed(4);
}

function rank({ percentile }: { readonly percentile?: number }): string {
  return percentile === undefined ? '' : ` (percentile ${percentile})`;
}
