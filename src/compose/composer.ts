import { withTimezone } from '#dicom/write/identity';
import type { Assessment } from '#domain/assessment';
import type { DocumentKind } from '#domain/document';
import { AgentError } from '#domain/errors';
import type { InstanceFacts } from '#domain/instance';
import type { ComposedDocument, Composer, Composition } from '#src/ports';
import type { WrittenPixels } from '#dicom/write/part10-file';
import type { ReportTemplate } from '#templates/report-template';
import type { DocumentContext } from './document-attributes.ts';
import type { ColourScale } from './overlay/colour-scale.ts';
import { shippedFont } from './overlay/font.ts';
import { overlayDocument } from './overlay/overlay-document.ts';
import type { Font } from './overlay/true-type.ts';
import { pdfDocument } from './pdf/pdf-document.ts';
import { reportCatalogue } from './report-catalogue.ts';
import { reportSubject } from './report-subject.ts';
import { segmentationDocument } from './segmentation/segmentation-document.ts';
import { srDocument } from './sr-document.ts';
import { documentUids } from './uids.ts';

export interface ComposerSettings {
  readonly colours: ColourScale;
  /** How the frames of an overlay are stored. */
  readonly overlayEncoding: WrittenPixels['encoding'];
  /** SOP class of reports that are Comprehensive 3D SR by their template; they use nothing that the plain one lacks. */
  readonly reportClass: ReportClass;
  readonly softwareVersion: string;
  /** Which reports there are: the catalogue's, unless said otherwise. */
  readonly reports?: readonly ReportTemplate[];
  /** Kinds of document that are written only where some destination wants them. */
  readonly optionalReports?: readonly DocumentKind[];
  /** Offset from UTC for reports that must state one, where the study states none. */
  readonly timezone?: string;
}

/** IHE AI Results asks for the 3D class; archives and tools that do not know it take the other. */
const reportClasses = {
  'comprehensive-sr': '1.2.840.10008.5.1.4.1.1.88.33',
  'comprehensive-3d-sr': '1.2.840.10008.5.1.4.1.1.88.34',
} as const;
export type ReportClass = keyof typeof reportClasses;

/** Makes overlays and reports of an assessment: reports after the overlays that they refer to, and the printed one of the one in words. */
export function createComposer(settings: ComposerSettings): Composer {
  const font = shippedFont();
  return {
    async compose(composition) {
      const { assessment, predecessors } = composition;
      const { softwareVersion, colours, optionalReports = [], timezone = '+0000' } = settings;
      const context: DocumentContext = { assessment, source: speakingFor(composition), softwareVersion };
      const overlays = assessment.stage === 'preliminary' ? [] : composition.overlays;
      const drawn = await drawnDocuments(context, { ...composition, overlays }, { ...settings, font });
      // A report names its overlays: other overlays, another report.
      const overlayUids = drawn.flatMap(({ document: { kind, sopInstance } }) => (kind === 'sc' ? [sopInstance] : []));
      const subject = reportSubject(composition, drawn, softwareVersion);
      const written: ComposedDocument[] = [];
      for (const template of await templatesFor(assessment, settings)) {
        const root = template.content(subject);
        if (!root) continue;
        const facts = [template.id, template.sopClass, ...(template.needsTimezone ? [timezone] : []), ...overlayUids];
        const uids = documentUids(assessment, softwareVersion, ...facts);
        const ofItsKind = predecessors.filter(({ kind }) => kind === template.kind);
        const at = template.needsTimezone ? inTimezone(context, timezone) : context;
        written.push(srDocument(at, { template, root, uids, predecessors: ofItsKind }));
        if (template.kind !== 'text-sr' || !optionalReports.includes('pdf')) continue;
        written.push(
          await pdfDocument(context, {
            words: root,
            sources: derivedFrom(composition),
            overlays: overlays.map((overlay) => ({ overlay, colours, font })),
            font,
            uids: documentUids(assessment, softwareVersion, 'pdf', colours, ...overlayUids),
          }),
        );
      }
      return [...written, ...drawn];
    },
  };
}

/** Overlays and, on request, the same maps as segmentations. */
async function drawnDocuments(
  context: DocumentContext,
  { sources, overlays }: Composition,
  {
    colours,
    overlayEncoding: encoding,
    optionalReports = [],
    softwareVersion,
    font,
  }: ComposerSettings & { font: Font },
): Promise<readonly ComposedDocument[]> {
  const { assessment } = context;
  const drawn: ComposedDocument[] = [];
  for (const [index, overlay] of overlays.entries()) {
    const { sopInstance, method } = overlay.explanation;
    const source = sources.find(({ instance }) => instance.facts.sopInstance === sopInstance)?.instance.facts;
    if (!source) throw new AgentError('REPORT_INVALID', `The clip ${sopInstance} is not at hand.`);
    const uidsOf = (kind: string, ...facts: readonly string[]) =>
      documentUids(assessment, softwareVersion, kind, overlay.finding.id, method, ...facts);
    const shared = { overlay, source, index };
    const uids = uidsOf('sc', colours, encoding);
    drawn.push(await overlayDocument(context, { ...shared, uids, colours, encoding, font }));
    if (optionalReports.includes('segmentation'))
      drawn.push(segmentationDocument(context, { ...shared, uids: uidsOf('segmentation') }));
  }
  return drawn;
}

const usualReports = new Set<DocumentKind>(['sr', 'text-sr']);

/** A preliminary assessment is told in the measurement report alone: nothing that a reader could take for the report. */
async function templatesFor(
  assessment: Assessment,
  { reports, optionalReports = [], reportClass }: ComposerSettings,
): Promise<readonly ReportTemplate[]> {
  return (reports ?? (await reportCatalogue()))
    .filter(({ kind }) =>
      assessment.stage === 'preliminary' ? kind === 'sr' : usualReports.has(kind) || optionalReports.includes(kind),
    )
    .map((template) => inClass(template, reportClass));
}

/** The clips that the answers stand on; where there is none, all that was looked at. */
function derivedFrom({ assessment, sources }: Composition): readonly InstanceFacts[] {
  const used = new Set<string>(assessment.clips.filter((clip) => clip.used).map((clip) => clip.sopInstance));
  const all = sources.map(({ instance }) => instance.facts);
  return used.size > 0 ? all.filter(({ sopInstance }) => used.has(sopInstance)) : all;
}

function inTimezone(context: DocumentContext, offset: string): DocumentContext {
  return { ...context, source: withTimezone(context.source, offset) };
}

function inClass(template: ReportTemplate, reportClass: ReportClass): ReportTemplate {
  const isComprehensive3D = template.sopClass === reportClasses['comprehensive-3d-sr'];
  return isComprehensive3D ? { ...template, sopClass: reportClasses[reportClass] } : template;
}

/** The source whose patient and study are copied: a clip that was used, where one was; of several always the same. */
function speakingFor({ assessment, sources }: Composition): InstanceFacts {
  const used = new Set<string>(assessment.clips.filter((clip) => clip.used).map((clip) => clip.sopInstance));
  const [first] = sources
    .map(({ instance }) => instance.facts)
    .sort(
      (a, b) =>
        Number(used.has(b.sopInstance)) - Number(used.has(a.sopInstance)) || (a.sopInstance < b.sopInstance ? -1 : 1),
    );
  if (!first) throw new AgentError('REPORT_INVALID', `Study ${assessment.study} has no source to report on.`);
  return first;
}
