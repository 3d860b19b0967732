import { named, type Attributes } from '#dicom/write/named-attributes';
import { part10File } from '#dicom/write/part10-file';
import type { ResultDocument } from '#domain/document';
import type { StudyUid, Uid } from '#domain/uid';
import type { ComposedDocument } from '#src/ports';
import { privateScheme } from '#templates/codes';
import type { ContainerItem, ImageReference } from '#templates/content-item';
import { contentTree, referencedImages } from '#templates/content-tree';
import type { ReportTemplate } from '#templates/report-template';
import { documentAttributes, type DocumentContext } from './document-attributes.ts';
import type { DocumentUids } from './uids.ts';

export interface SrRequest {
  readonly template: ReportTemplate;
  readonly root: ContainerItem;
  readonly uids: DocumentUids;
  /** The same report of the revision before. */
  readonly predecessors: readonly ResultDocument[];
}

/**
 * A report as an SR document: by a machine, therefore unverified. That of the settled study is the definitive one of this
 * program, FINAL; one that precedes it is PRELIMINARY, and partial (PS3.3 section C.17.2). Neither says who vouches for it.
 */
export function srDocument(
  context: DocumentContext,
  { template, root, uids, predecessors }: SrRequest,
): ComposedDocument {
  const { assessment } = context;
  const { study, revision, model } = assessment;
  const evidence = referencedImages(root);
  const early = assessment.stage === 'preliminary';
  const title = early ? `PRELIMINARY ${template.title}` : template.title;
  const attributes = {
    ...documentAttributes(context, {
      modality: template.isKeyObjectDocument ? 'KO' : 'SR',
      series: uids.series,
      number: template.seriesNumber,
      description: title,
    }),
    ...named({
      ReferencedPerformedProcedureStepSequence: [],
      ...(!template.isKeyObjectDocument && {
        CompletionFlag: early ? 'PARTIAL' : 'COMPLETE',
        CompletionFlagDescription: early ? 'One clip, while the study still arrives' : undefined,
        VerificationFlag: 'UNVERIFIED',
        PreliminaryFlag: early ? 'PRELIMINARY' : 'FINAL',
        PerformedProcedureCodeSequence: [],
        PredecessorDocumentsSequence: predecessors.length > 0 ? evidenceOf(study, predecessors) : undefined,
      }),
      CurrentRequestedProcedureEvidenceSequence: evidence.length > 0 ? evidenceOf(study, evidence) : undefined,
      CodingSchemeIdentificationSequence: [codingScheme],
      ...contentTree(root),
    }),
  };
  return {
    document: {
      sopInstance: uids.sopInstance,
      sopClass: template.sopClass as Uid,
      series: uids.series,
      study,
      revision,
      kind: template.kind,
      title,
      phantomOnly: model.phantomOnly,
    },
    bytes: part10File({ sopClass: template.sopClass, sopInstance: uids.sopInstance, attributes }),
  };
}

/** Whose codes those are that no published system has (PS3.3 section C.12.1). */
export const codingScheme: Attributes = {
  CodingSchemeDesignator: privateScheme.designator,
  CodingSchemeName: privateScheme.name,
  CodingSchemeResponsibleOrganization: privateScheme.organisation,
};

type Referenced = Pick<ImageReference, 'sopClass' | 'sopInstance' | 'series'>;

/** Hierarchical SOP Instance Reference (PS3.3 section C.17.2.1): the study, its series, their instances. */
export function evidenceOf(study: StudyUid, instances: readonly Referenced[]): readonly Attributes[] {
  const bySeries = Map.groupBy(instances, ({ series }) => series);
  return [
    {
      StudyInstanceUID: study,
      ReferencedSeriesSequence: [...bySeries].map(([series, members]) => ({
        SeriesInstanceUID: series,
        ReferencedSOPSequence: members.map(({ sopClass, sopInstance }) => ({
          ReferencedSOPClassUID: sopClass,
          ReferencedSOPInstanceUID: sopInstance,
        })),
      })),
    },
  ];
}
