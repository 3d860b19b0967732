import { timezoneOf } from '#dicom/write/identity';
import { named, type Attributes } from '#dicom/write/named-attributes';
import { part10File } from '#dicom/write/part10-file';
import { longString } from '#dicom/write/value-rules';
import type { Reader } from '#domain/decision';
import { AgentError } from '#domain/errors';
import type { InstanceFacts } from '#domain/instance';
import type { Uid } from '#domain/uid';
import type { ComposedDocument } from '#src/ports';
import type { DecisionComposition } from '#src/ports/reading-desk';
import { contentTree } from '#templates/content-tree';
import { decisionReport } from '#templates/decision-report';
import { documentAttributes } from './document-attributes.ts';
import { codingScheme, evidenceOf } from './sr-document.ts';
import { timestampOf, type Timestamp } from './timestamp.ts';
import { documentUids } from './uids.ts';

/** Basic Text SR Storage. */
const sopClass = '1.2.840.10008.5.1.4.1.1.88.11' as Uid;
const title = 'Reader Decision on AI Report';
const seriesNumber = 50;

/** A reader's decision as a document of its own: verified by whoever logged in (PS3.3 section C.17.2), preceded by the report that it is about. */
export function decisionDocument(input: DecisionComposition, softwareVersion: string): ComposedDocument {
  const { assessment, sources, report, superseded, reader, at, verdict } = input;
  const source = sources.find(({ sopInstance }) => assessment.clips.some((clip) => clip.sopInstance === sopInstance));
  if (!source) throw new AgentError('REPORT_INVALID', `Study ${assessment.study} has no source to report on.`);
  const { study, revision, model } = assessment;
  const now = timestampOf(at, timezoneOf(source));
  const uids = documentUids(assessment, softwareVersion, 'decision', report.sopInstance, String(at), verdict);
  const attributes = {
    ...documentAttributes(
      { assessment, source, softwareVersion },
      { modality: 'SR', series: uids.series, number: seriesNumber, description: title },
    ),
    ...named({
      InstanceCreationDate: now.date,
      InstanceCreationTime: now.time,
      ContentDate: now.date,
      ContentTime: now.time,
      SeriesDate: now.date,
      SeriesTime: now.time,
      ReferencedPerformedProcedureStepSequence: [],
      CompletionFlag: 'COMPLETE',
      PreliminaryFlag: 'FINAL',
      ...verification(reader, { source, now }),
      PerformedProcedureCodeSequence: [],
      PredecessorDocumentsSequence: evidenceOf(study, superseded),
      CodingSchemeIdentificationSequence: [codingScheme],
      ...contentTree(decisionReport({ ...input, report: report.sopInstance })),
    }),
  };
  return {
    document: {
      ...uids,
      sopClass,
      study,
      revision,
      kind: 'decision',
      title,
      phantomOnly: model.phantomOnly,
    },
    bytes: part10File({ sopClass, sopInstance: uids.sopInstance, attributes }),
  };
}

/** Verified is what a known person vouches for; where nobody logs in, nobody does. */
function verification(
  { name, isKnown }: Reader,
  { source, now }: { source: InstanceFacts; now: Timestamp },
): Attributes {
  if (!isKnown) return { VerificationFlag: 'UNVERIFIED' };
  const institution = source.attributes.disclose()['00080080']?.Value?.[0];
  return {
    VerificationFlag: 'VERIFIED',
    VerifyingObserverSequence: [
      {
        VerifyingObserverName: name,
        VerifyingOrganization: longString(typeof institution === 'string' ? institution : '') || 'not stated',
        VerificationDateTime: now.dateTime,
        VerifyingObserverIdentificationCodeSequence: [],
      },
    ],
  };
}
