import { named } from '#dicom/write/named-attributes';
import { part10File } from '#dicom/write/part10-file';
import { printedIdentity } from '#dicom/write/printed-identity';
import type { InstanceFacts } from '#domain/instance';
import type { Uid } from '#domain/uid';
import type { ComposedDocument } from '#src/ports';
import { titles, values } from '#templates/codes';
import type { ContainerItem } from '#templates/content-item';
import { codeAttributes } from '#templates/content-tree';
import { definitionOf } from '#templates/report-template';
import { statements } from '#templates/statements';
import { documentAttributes, productName, type DocumentContext } from '#compose/document-attributes';
import { drawOverlay, jpegOf, type OverlayLook } from '#compose/overlay/draw-overlay';
import type { DocumentUids } from '#compose/uids';
import { layOut, type PrintedReport } from './lay-out.ts';

/** Encapsulated PDF Storage. */
const sopClass = '1.2.840.10008.5.1.4.1.1.104.1' as Uid;
const title = 'AI Report with Pictures';

export interface PdfRequest {
  /** The report in words, whose headings and paragraphs are printed as they are. */
  readonly words: ContainerItem;
  /** What it was made from. */
  readonly sources: readonly Pick<InstanceFacts, 'sopClass' | 'sopInstance'>[];
  readonly overlays: readonly OverlayLook[];
  readonly font: OverlayLook['font'];
  readonly uids: DocumentUids;
}

/** The report in words on paper, with the key frame of each overlay (PS3.3 section A.45.1). */
export async function pdfDocument(context: DocumentContext, request: PdfRequest): Promise<ComposedDocument> {
  const { assessment, source, softwareVersion } = context;
  const { words, overlays, font, uids } = request;
  const { study, revision, model, settledAt } = assessment;
  const pictures: PrintedReport['pictures'][number][] = [];
  for (const look of overlays) pictures.push(await pictureOf(context, look));
  const pdf = await layOut(
    {
      title,
      warnings: statements(model),
      identity: printedIdentity(source),
      sections: sectionsOf(words),
      pictures,
      dated: settledAt,
      creator: `${productName} ${softwareVersion}`,
    },
    font,
  );
  const attributes = {
    ...documentAttributes(context, { modality: 'DOC', series: uids.series, number: 5, description: title }),
    ...named({
      ConversionType: 'WSD',
      AcquisitionDateTime: [],
      BurnedInAnnotation: 'YES',
      RecognizableVisualFeatures: 'NO',
      SourceInstanceSequence: request.sources.map(({ sopClass, sopInstance }) => ({
        ReferencedSOPClassUID: sopClass,
        ReferencedSOPInstanceUID: sopInstance,
        PurposeOfReferenceCodeSequence: [codeAttributes(values.sourceImage)],
      })),
      DocumentTitle: title,
      ConceptNameCodeSequence: [codeAttributes(titles.diagnosticImagingReport)],
      MIMETypeOfEncapsulatedDocument: 'application/pdf',
      EncapsulatedDocumentLength: pdf.length,
    }),
    '00420011': { vr: 'OB', InlineBinary: pdf.toString('base64') },
  };
  const { sopInstance, series } = uids;
  const document = {
    sopInstance,
    sopClass,
    series,
    study,
    revision,
    kind: 'pdf',
    title,
    phantomOnly: model.phantomOnly,
  } as const;
  return { document, bytes: part10File({ sopClass, sopInstance, attributes }) };
}

/** Each heading with the paragraphs below it. */
function sectionsOf({ children }: ContainerItem): PrintedReport['sections'] {
  return children.flatMap(({ item }) =>
    item.valueType === 'CONTAINER'
      ? [{ heading: item.name.meaning, paragraphs: item.children.flatMap(({ item }) => textOf(item)) }]
      : [],
  );
}

function textOf(item: ContainerItem['children'][number]['item']): readonly string[] {
  return item.valueType === 'TEXT' ? [item.text] : [];
}

/** The drawn frame nearest to the key frame, with the legend that the overlay has. */
async function pictureOf(
  { assessment }: DocumentContext,
  look: OverlayLook,
): Promise<PrintedReport['pictures'][number]> {
  const { finding, explanation } = look.overlay;
  const { title: asked } = definitionOf(assessment, finding);
  const keyFrame = finding.kind === 'not-assessed' ? 0 : finding.evidence.keyFrame;
  const [nearest = 0] = [...explanation.frameIndices.keys()].sort(
    (a, b) => Math.abs(explanation.frameIndices[a]! - keyFrame) - Math.abs(explanation.frameIndices[b]! - keyFrame),
  );
  const drawing = await drawOverlay(look, { title: asked, isPhantomOnly: assessment.model.phantomOnly });
  const frame = explanation.frameIndices[nearest]! + 1;
  return {
    jpeg: await jpegOf(drawing.frame(nearest), drawing),
    caption: `${asked}: frame ${frame} of the clip ${explanation.sopInstance}, with where the answer is seen.`,
  };
}
