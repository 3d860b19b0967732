import { lossesOf } from '#dicom/write/identity';
import { named, type Attributes } from '#dicom/write/named-attributes';
import { part10File } from '#dicom/write/part10-file';
import { longString } from '#dicom/write/value-rules';
import { AgentError } from '#domain/errors';
import type { Explanation } from '#domain/explanation';
import type { InstanceFacts } from '#domain/instance';
import { deriveUid, type Uid } from '#domain/uid';
import type { ComposedDocument, Composition } from '#src/ports';
import { segmentation, values } from '#templates/codes';
import { codeAttributes } from '#templates/content-tree';
import { definitionOf, trackingUid } from '#templates/report-template';
import { statements } from '#templates/statements';
import { documentAttributes, type DocumentContext } from '#compose/document-attributes';
import { mapAlone } from '#compose/overlay/blend';
import { methods } from '#compose/overlay/draw-overlay';
import type { DocumentUids } from '#compose/uids';

/** Segmentation Storage. */
const sopClass = '1.2.840.10008.5.1.4.1.1.66.4' as Uid;

export interface SegmentationRequest {
  readonly overlay: Composition['overlays'][number];
  /** The clip that it belongs to. */
  readonly source: InstanceFacts;
  readonly uids: DocumentUids;
  /** Counts the overlays of a study, from 0. */
  readonly index: number;
}

/**
 * A PromptCAM as a fractional segmentation (PS3.3 section A.51), pixel for pixel over its source frames. Of the two
 * fractional types that there are it takes OCCUPANCY: a share in a similarity is no PROBABILITY that something is there
 * (section C.8.20.2.3). The segment's description says what the values are.
 */
export function segmentationDocument(context: DocumentContext, request: SegmentationRequest): ComposedDocument {
  const { overlay, source, uids, index } = request;
  const { study, revision, model } = context.assessment;
  const { title: asked } = definitionOf(context.assessment, overlay.finding);
  const title = `PromptCAM map: ${asked}`;
  const attributes = {
    ...documentAttributes(context, {
      modality: 'SEG',
      series: uids.series,
      number: 50 + index,
      description: `AI ${title}`,
    }),
    ...named({
      ...imageAttributes(overlay, source),
      ...segment(context, overlay),
      ...frameAttributes(overlay.explanation, source, uids),
      ContentLabel: 'PROMPTCAM',
      ContentDescription: longString(title),
      ContentCreatorName: [],
    }),
  };
  const { sopInstance, series } = uids;
  return {
    document: {
      sopInstance,
      sopClass,
      series,
      study,
      revision,
      kind: 'segmentation',
      title,
      findingId: overlay.finding.id,
      sourceInstance: source.sopInstance,
      phantomOnly: model.phantomOnly,
    },
    bytes: part10File({ sopClass, sopInstance, attributes, pixels: { encoding: 'native', frames: mapsOf(overlay) } }),
  };
}

function mapsOf({ explanation, frames }: SegmentationRequest['overlay']): readonly Uint8Array[] {
  const cells = explanation.size ** 2;
  return explanation.frameIndices.map((_, index) =>
    mapAlone(frames, { ...explanation, values: explanation.maps.subarray(index * cells, (index + 1) * cells) }),
  );
}

function imageAttributes({ explanation, frames }: SegmentationRequest['overlay'], source: InstanceFacts): Attributes {
  const { rows, columns } = frames;
  if (rows !== source.image?.rows || columns !== source.image.columns)
    throw new AgentError('REPORT_INVALID', 'Without a frame of reference a segmentation is as large as its source.');
  const { isLossy, ratios, methods: lossyMethods } = lossesOf(source);
  return {
    ImageType: ['DERIVED', 'PRIMARY'],
    BodyPartExamined: 'HEART',
    PatientOrientation: [],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: explanation.frameIndices.length,
    Rows: rows,
    Columns: columns,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    BurnedInAnnotation: 'NO',
    RecognizableVisualFeatures: 'NO',
    LossyImageCompression: isLossy ? '01' : '00',
    LossyImageCompressionRatio: ratios.length > 0 ? ratios : undefined,
    LossyImageCompressionMethod: lossyMethods.length > 0 ? lossyMethods : undefined,
    SegmentationType: 'FRACTIONAL',
    SegmentationFractionalType: 'OCCUPANCY',
    MaximumFractionalValue: 255,
    SegmentsOverlap: 'NO',
  };
}

function segment(
  { assessment }: DocumentContext,
  { finding, explanation }: SegmentationRequest['overlay'],
): Attributes {
  const { model } = assessment;
  const { title } = definitionOf(assessment, finding);
  const description = [
    ...statements(model),
    `Share of each pixel in the similarity ${explanation.similarity.toFixed(4)} (a cosine, no probability) of the clip`,
    `with the sentence "${explanation.sentence.trim()}", from 0 to 255, the highest of the clip.`,
  ];
  return {
    SegmentSequence: [
      {
        SegmentNumber: 1,
        SegmentLabel: longString(`${title} (relevance, no outline)`),
        SegmentDescription: description.join(' ').slice(0, 1024),
        SegmentAlgorithmType: 'AUTOMATIC',
        SegmentAlgorithmName: longString(`PromptCAM, ${methods[explanation.method]}`),
        SegmentationAlgorithmIdentificationSequence: [
          {
            AlgorithmFamilyCodeSequence: [codeAttributes(values.artificialIntelligence)],
            AlgorithmName: longString(model.name),
            AlgorithmVersion: longString(model.version),
            AlgorithmParameters: `SHA-256 of weights, sentences, calibration and preprocessing: ${model.digest}`,
          },
        ],
        AnatomicRegionSequence: [codeAttributes(values.heart)],
        SegmentedPropertyCategoryCodeSequence: [codeAttributes(segmentation.category)],
        SegmentedPropertyTypeCodeSequence: [codeAttributes(segmentation.type)],
        TrackingID: title,
        TrackingUID: trackingUid(assessment, finding),
      },
    ],
  };
}

/** Each frame names the source frame that it lies over; frames are told apart by their place in time. */
function frameAttributes({ frameIndices }: Explanation, source: InstanceFacts, uids: DocumentUids): Attributes {
  const organisation = deriveUid('dimension organization', uids.sopInstance);
  const reference = { ReferencedSOPClassUID: source.sopClass, ReferencedSOPInstanceUID: source.sopInstance };
  const dimension = (DimensionIndexPointer: string, FunctionalGroupPointer: string): Attributes => ({
    DimensionOrganizationUID: organisation,
    DimensionIndexPointer,
    FunctionalGroupPointer,
  });
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: organisation }],
    DimensionIndexSequence: [dimension('0062000B', '0062000A'), dimension('00209128', '00209111')],
    SharedFunctionalGroupsSequence: [{ SegmentIdentificationSequence: [{ ReferencedSegmentNumber: 1 }] }],
    PerFrameFunctionalGroupsSequence: frameIndices.map((frame, index) => ({
      FrameContentSequence: [{ TemporalPositionIndex: index + 1, DimensionIndexValues: [1, index + 1] }],
      DerivationImageSequence: [
        {
          DerivationCodeSequence: [codeAttributes(segmentation.derivation)],
          SourceImageSequence: [
            {
              ...reference,
              ReferencedFrameNumber: frame + 1,
              SpatialLocationsPreserved: 'YES',
              PurposeOfReferenceCodeSequence: [codeAttributes(values.sourceImage)],
            },
          ],
        },
      ],
    })),
    ReferencedSeriesSequence: [{ SeriesInstanceUID: source.series, ReferencedInstanceSequence: [reference] }],
  };
}
