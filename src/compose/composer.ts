import { withTimezone } from '#dicom/write/identity';
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
import { reportCatalogue } from './report-catalogue.ts';
import { reportSubject } from './report-subject.ts';
import { srDocument } from './sr-document.ts';
import { documentUids } from './uids.ts';

export interface ComposerSettings {
  readonly colours: ColourScale;
  /** How the frames of an overlay are stored. */
  readonly overlayEncoding: WrittenPixels['encoding'];
  /** SOP class of reports that are Comprehensive 3D SR by their template; they use nothing that the plain one lacks. */
  readonly reportClass: ReportClass;
  readonly softwareVersion: string;
  /** FINAL where nothing follows; an unverified report is preliminary unless a site says otherwise. */
  readonly preliminaryFlag?: 'PRELIMINARY' | 'FINAL';
  /** Which reports there are: the catalogue's, unless said otherwise. */
  readonly reports?: readonly ReportTemplate[];
  /** Kinds of report that are written only where some destination wants them. */
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

/** Makes overlays and reports of an assessment: reports last, since they refer to the overlays. */
export function createComposer({
  colours,
  overlayEncoding: encoding,
  reportClass,
  softwareVersion,
  preliminaryFlag = 'PRELIMINARY',
  reports,
  optionalReports = [],
  timezone = '+0000',
}: ComposerSettings): Composer {
  const font = shippedFont();
  return {
    async compose(composition) {
      const { assessment, sources, overlays, predecessors } = composition;
      const context: DocumentContext = { assessment, source: speakingFor(composition), softwareVersion };
      const composed: ComposedDocument[] = [];
      for (const [index, overlay] of overlays.entries()) {
        const source = sources.find(({ instance }) => instance.facts.sopInstance === overlay.explanation.sopInstance);
        if (!source)
          throw new AgentError('REPORT_INVALID', `The clip ${overlay.explanation.sopInstance} is not at hand.`);
        const { method } = overlay.explanation;
        const uids = documentUids(assessment, softwareVersion, 'sc', overlay.finding.id, method, colours, encoding);
        composed.push(
          await overlayDocument(context, {
            overlay,
            source: source.instance.facts,
            uids,
            index,
            colours,
            encoding,
            font,
          }),
        );
      }
      const subject = reportSubject(composition, composed, softwareVersion);
      // A report names its overlays: other overlays, another report.
      const overlayUids = composed.map(({ document }) => document.sopInstance);
      const written = (reports ?? (await reportCatalogue()))
        .filter(({ kind }) => usualReports.has(kind) || optionalReports.includes(kind))
        .map((template) => inClass(template, reportClass))
        .flatMap((template) => {
          const root = template.content(subject);
          if (!root) return [];
          return srDocument(template.needsTimezone ? inTimezone(context, timezone) : context, {
            template,
            root,
            uids: documentUids(
              assessment,
              softwareVersion,
              template.id,
              template.sopClass,
              preliminaryFlag,
              ...(template.needsTimezone ? [timezone] : []),
              ...overlayUids,
            ),
            preliminaryFlag,
            predecessors: predecessors.filter(({ kind }) => kind === template.kind),
          });
        });
      return [...written, ...composed];
    },
  };
}

const usualReports = new Set<DocumentKind>(['sr', 'text-sr']);

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
