import type { Assessment } from '#domain/assessment';
import type { ClipReading, Look } from '#domain/clip';
import type { Delivery, ResultDocument } from '#domain/document';
import type { Finding, FindingDefinition, FindingEvidence } from '#domain/finding';
import type { DicomJson, Instance } from '#domain/instance';
import type { StudyRow } from '#domain/study';
import type { DecisionShown } from './reader.ts';
import { faultShown, isoTime, listStudy } from './listing.ts';
import type {
  AssessmentShown,
  ClipReadingShown,
  ClipShown,
  DeliveryShown,
  DocumentShown,
  EvidenceShown,
  FindingShown,
  PictureShown,
  StudyDetail,
} from './study.ts';

/** All that the ledger knows of one study. */
export interface KnownStudy {
  readonly row: StudyRow;
  readonly sources: readonly Instance[];
  /** What was seen as clips came; an assessment says it again, with what was used. */
  readonly looks: readonly Look[];
  readonly results: readonly Instance[];
  readonly assessment: Assessment | undefined;
  readonly documents: readonly ResultDocument[];
  readonly deliveries: readonly Delivery[];
  readonly decisions: readonly DecisionShown[];
}

/** A study with its clips, findings and documents. */
export function detailStudy(known: KnownStudy): StudyDetail {
  const { row, sources, looks, assessment } = known;
  const readings = [...looks.map(({ reading }) => reading), ...(assessment?.clips ?? [])];
  return {
    ...listStudy(row, assessment),
    clips: clipsOf(sources, readings),
    ...(assessment && { assessment: showAssessment(assessment) }),
    decisions: known.decisions.toReversed(),
    documents: documentsOf(known),
  };
}

/** Clips that were used come first, then those with a view, then those that could not be used. */
function clipsOf(sources: readonly Instance[], readings: readonly ClipReading[]): readonly ClipShown[] {
  const readingOf = new Map(readings.map((reading) => [reading.sopInstance, reading]));
  const clips = sources.map((instance): ClipShown => {
    const reading = readingOf.get(instance.facts.sopInstance);
    return {
      sopInstance: instance.facts.sopInstance,
      modality: instance.facts.modality,
      ...pictureOf(instance),
      ...(reading && { reading: showReading(reading) }),
    };
  });
  return clips.toSorted((a, b) => rank(a) - rank(b));
}

function rank({ reading }: ClipShown): number {
  if (!reading) return 3;
  if (reading.kind === 'ineligible') return 2;
  return reading.used ? 0 : 1;
}

function showReading({ eligibility, view, used }: ClipReading): ClipReadingShown {
  if (eligibility.kind === 'ineligible') return { kind: 'ineligible', because: eligibility.because };
  if (!view) return { kind: 'eligible', used };
  const code = view.kind === 'recognised' ? view.view : view.nearest;
  const recognised = view.kind === 'recognised';
  return { kind: 'eligible', used, view: { code, recognised, score: view.score } };
}

function pictureOf({ facts }: Instance): { readonly picture?: PictureShown } {
  if (!facts.image) return {};
  const { frames, rows, columns, frameTimesMs } = facts.image;
  const at = instanceAddress(facts);
  const total = frameTimesMs.reduce((sum, time) => sum + time, 0);
  return {
    picture: {
      frames,
      rows,
      columns,
      rendered: `${at}/frames/{frame}/rendered`,
      thumbnail: `${at}/thumbnail`,
      ...(total > 0 && { frameTimeMs: total / frameTimesMs.length }),
      ...sourceFramesOf(facts),
    },
  };
}

/** The frames that an overlay was drawn over: its Source Image Sequence (0008,2112) names them. */
function sourceFramesOf({ attributes }: Instance['facts']): { readonly sourceFrames?: readonly number[] } {
  const source = attributes.disclose()['00082112']?.Value?.[0] as DicomJson | undefined;
  const frames = source?.['00081160']?.Value?.map(Number);
  return frames && frames.length > 0 ? { sourceFrames: frames } : {};
}

function instanceAddress({ study, series, sopInstance }: Pick<ResultDocument, 'study' | 'series' | 'sopInstance'>) {
  return `/dicom-web/studies/${study}/series/${series}/instances/${sopInstance}`;
}

function showAssessment({
  revision,
  stage,
  settledAt,
  model,
  viewModel,
  findings,
  definitions,
}: Assessment): AssessmentShown {
  const definitionOf = new Map(definitions.map((definition) => [definition.id, definition]));
  return {
    revision,
    stage,
    settledAt: isoTime(settledAt),
    model,
    viewModel,
    findings: findings.map((finding) => showFinding(finding, definitionOf.get(finding.id))),
  };
}

function showFinding(finding: Finding, definition: FindingDefinition | undefined): FindingShown {
  const { id } = finding;
  const common = { id, title: definition?.title ?? id };
  switch (finding.kind) {
    case 'measured': {
      const { kind, value, interval, similarity, evidence } = finding;
      const unit = definition?.kind === 'measurement' ? definition.unit.value : '';
      return { ...common, kind, value, unit, ...(interval && { interval }), similarity, evidence: show(evidence) };
    }
    case 'answered': {
      const { kind, answer, notable, similarity, threshold, evidence } = finding;
      const seenAs = { similarity, threshold, ...rankOf(finding), evidence: show(evidence) };
      return { ...common, kind, answer: answer.meaning, notable, ...seenAs };
    }
    case 'similarity-only': {
      const { kind, similarity, evidence } = finding;
      return { ...common, kind, similarity, ...rankOf(finding), evidence: show(evidence) };
    }
    case 'not-assessed':
      return { ...common, kind: finding.kind, because: finding.because };
  }
}

function rankOf({ percentile }: { readonly percentile?: number }): { readonly percentile?: number } {
  return percentile === undefined ? {} : { percentile };
}

function show({ sopInstance, keyFrame, clips, sentence }: FindingEvidence): EvidenceShown {
  return { sopInstance, keyFrame: keyFrame + 1, clips, sentence };
}

function documentsOf({ documents, results, deliveries }: KnownStudy): readonly DocumentShown[] {
  const newest = Math.max(0, ...documents.map(({ revision }) => revision));
  const resultOf = new Map(results.map((instance) => [instance.facts.sopInstance, instance]));
  const shown = documents.map((document): DocumentShown => {
    const result = resultOf.get(document.sopInstance);
    return {
      sopInstance: document.sopInstance,
      kind: document.kind,
      title: document.title,
      revision: document.revision,
      current: document.revision === newest,
      phantomOnly: document.phantomOnly,
      download: `${instanceAddress(document)}?accept=application/dicom`,
      ...(document.findingId !== undefined && { findingId: document.findingId }),
      ...(document.sourceInstance !== undefined && { sourceInstance: document.sourceInstance }),
      // A map for programs is no picture for readers.
      ...(result && document.kind === 'sc' && pictureOf(result)),
      deliveries: deliveries.filter((delivery) => delivery.document === document.sopInstance).map(showDelivery),
    };
  });
  return shown.toSorted((a, b) => b.revision - a.revision);
}

function showDelivery({ destination, state, attempts, fault, proof, at }: Delivery): DeliveryShown {
  return {
    destination,
    state,
    attempts,
    ...(fault !== undefined && { fault: faultShown(fault) }),
    ...(proof && { proof }),
    at: isoTime(at),
  };
}
