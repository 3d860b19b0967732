import { lossesOf } from '#dicom/write/identity';
import { named, type Attributes } from '#dicom/write/named-attributes';
import { part10File, type WrittenPixels } from '#dicom/write/part10-file';
import type { Explanation } from '#domain/explanation';
import type { InstanceFacts } from '#domain/instance';
import type { Uid } from '#domain/uid';
import type { ComposedDocument } from '#src/ports';
import { values } from '#templates/codes';
import { codeAttributes } from '#templates/content-tree';
import { definitionOf } from '#templates/report-template';
import { researchOnly } from '#templates/statements';
import { documentAttributes, type DocumentContext } from '#compose/document-attributes';
import type { DocumentUids } from '#compose/uids';
import { drawOverlay, jpegOf, methods, type OverlayLook } from './draw-overlay.ts';
import { frameTiming, isTimed } from './frame-timing.ts';

/** Multi-frame True Color Secondary Capture Image Storage. */
const sopClass = '1.2.840.10008.5.1.4.1.1.7.4' as Uid;

export interface OverlayRequest extends OverlayLook {
  /** The clip that it is drawn over. */
  readonly source: InstanceFacts;
  readonly uids: DocumentUids;
  /** Counts the overlays of a study, from 0. */
  readonly index: number;
  readonly encoding: WrittenPixels['encoding'];
}

/** A PromptCAM over its clip, as a cine that every viewer plays. */
export async function overlayDocument(context: DocumentContext, request: OverlayRequest): Promise<ComposedDocument> {
  const { overlay, source, uids, index } = request;
  const { study, revision, model } = context.assessment;
  const title = `PromptCAM: ${definitionOf(context.assessment, overlay.finding).title}`;
  const images = await drawFrames(context, request, title);
  const attributes = {
    ...documentAttributes(context, {
      modality: 'OT', // not US: a result that comes back must not be taken for a clip
      series: uids.series,
      number: 10 + index,
      description: `AI ${title}`,
    }),
    ...named({
      ...pixelAttributes(images, source),
      ...frameTiming(overlay.explanation.frameIndices, source.image?.frameTimesMs ?? []),
      ...derivation(overlay.explanation, source, request.encoding),
    }),
  };
  return {
    document: {
      sopInstance: uids.sopInstance,
      sopClass,
      series: uids.series,
      study,
      revision,
      kind: 'sc',
      title,
      findingId: overlay.finding.id,
      sourceInstance: source.sopInstance,
      phantomOnly: model.phantomOnly,
    },
    bytes: part10File({ sopClass, sopInstance: uids.sopInstance, attributes, pixels: images }),
  };
}

interface DrawnFrames extends WrittenPixels {
  readonly rows: number;
  readonly columns: number;
}

async function drawFrames(
  { assessment }: DocumentContext,
  { encoding, ...look }: OverlayRequest,
  title: string,
): Promise<DrawnFrames> {
  const drawing = await drawOverlay(look, { title, isPhantomOnly: assessment.model.phantomOnly });
  const frames: Uint8Array[] = [];
  for (const index of look.overlay.explanation.frameIndices.keys()) {
    const whole = drawing.frame(index);
    frames.push(encoding === 'native' ? whole : await jpegOf(whole, drawing));
  }
  return { rows: drawing.rows, columns: drawing.columns, encoding, frames };
}

function pixelAttributes(drawn: DrawnFrames, source: InstanceFacts): Attributes {
  const { rows, columns, encoding, frames } = drawn;
  return {
    SamplesPerPixel: 3,
    PhotometricInterpretation: encoding === 'jpeg' ? 'YBR_FULL_422' : 'RGB',
    PlanarConfiguration: 0,
    NumberOfFrames: frames.length,
    Rows: rows,
    Columns: columns,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    BurnedInAnnotation: 'YES',
    RecognizableVisualFeatures: 'NO',
    ...losses(drawn, source),
  };
}

/** What was lost before and is lost here: once lossy, always lossy (PS3.3 section C.7.6.1.1.5). */
function losses({ rows, columns, encoding, frames }: DrawnFrames, source: InstanceFacts): Attributes {
  const { isLossy, ratios, methods } = lossesOf(source);
  if (encoding === 'native' && !isLossy) return { LossyImageCompression: '00' };
  const compressed = frames.reduce((sum, { length }) => sum + length, 0);
  const ratio = Number(((3 * rows * columns * frames.length) / compressed).toFixed(2));
  const own = encoding === 'jpeg' ? { ratios: [ratio], methods: ['ISO_10918_1'] } : { ratios: [], methods: [] };
  return {
    LossyImageCompression: '01',
    LossyImageCompressionRatio: some([...ratios, ...own.ratios]),
    LossyImageCompressionMethod: some([...methods, ...own.methods]),
  };
}

function some<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length > 0 ? values : undefined;
}

function derivation(explanation: Explanation, source: InstanceFacts, encoding: WrittenPixels['encoding']): Attributes {
  const { method, sentence, parameters, frameIndices } = explanation;
  const settings = Object.entries(parameters).map(([name, value]) => `${name}: ${value}`);
  const timing = isTimed(source.image?.frameTimesMs ?? []) ? [] : ['frame time assumed: the source does not state it'];
  const description = [
    `PromptCAM by ${methods[method]} of the sentence "${sentence.trim()}"`,
    ...settings.sort(),
    ...timing,
  ];
  return {
    ImageType: ['DERIVED', 'SECONDARY'],
    ConversionType: 'WSD',
    BodyPartExamined: 'HEART',
    PatientOrientation: [],
    ImageComments: researchOnly,
    DerivationDescription: description.join('; ').slice(0, 1024),
    DerivationCodeSequence: encoding === 'jpeg' ? [codeAttributes(values.lossyCompression)] : undefined,
    SourceImageSequence: [
      {
        ReferencedSOPClassUID: source.sopClass,
        ReferencedSOPInstanceUID: source.sopInstance,
        ReferencedFrameNumber: frameIndices.map((index) => index + 1),
        PurposeOfReferenceCodeSequence: [codeAttributes(values.sourceImage)],
      },
    ],
  };
}
