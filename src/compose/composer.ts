import { AgentError } from '#domain/errors';
import type { InstanceFacts } from '#domain/instance';
import type { ComposedDocument, Composer, Composition } from '#src/ports';
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
  readonly softwareVersion: string;
  /** FINAL where nothing follows; an unverified report is preliminary unless a site says otherwise. */
  readonly preliminaryFlag?: 'PRELIMINARY' | 'FINAL';
  /** Which reports are written: all there are, unless said otherwise. */
  readonly reports?: readonly ReportTemplate[];
}

/** Makes overlays and reports of an assessment: reports last, since they refer to the overlays. */
export function createComposer({
  colours,
  softwareVersion,
  preliminaryFlag = 'PRELIMINARY',
  reports,
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
        const uids = documentUids(assessment, softwareVersion, 'sc', overlay.finding.id, method, colours);
        composed.push(
          await overlayDocument(context, { overlay, source: source.instance.facts, uids, index, colours, font }),
        );
      }
      const subject = reportSubject(composition, composed, softwareVersion);
      // A report names its overlays: other overlays, another report.
      const overlayUids = composed.map(({ document }) => document.sopInstance);
      const written = (reports ?? (await reportCatalogue())).map((template) =>
        srDocument(context, {
          template,
          root: template.content(subject),
          uids: documentUids(assessment, softwareVersion, template.id, preliminaryFlag, ...overlayUids),
          preliminaryFlag,
          predecessors: predecessors.filter(({ kind }) => kind === template.kind),
        }),
      );
      return [...written, ...composed];
    },
  };
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
