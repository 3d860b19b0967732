import type { Assessment } from '#domain/assessment';
import type { Explanation } from '#domain/explanation';
import type { InstanceFacts } from '#domain/instance';
import type { ComposedDocument, Composition } from '#src/ports';
import type { ReportedImage, ReportSubject } from '#templates/report-template';
import { deviceUid, manufacturer, productName } from './document-attributes.ts';

/** What the reports are made of: the assessment, its images with the part that was analysed, and the overlays as composed. */
export function reportSubject(
  { assessment, sources, overlays }: Composition,
  composed: readonly ComposedDocument[],
  softwareVersion: string,
): ReportSubject {
  const explanations = new Map(overlays.map(({ explanation }) => [explanation.sopInstance, explanation]));
  const images = sources.flatMap(({ instance: { facts } }) => {
    const image = reportedImage(facts, assessment, explanations.get(facts.sopInstance));
    return image ? [[facts.sopInstance, image] as const] : [];
  });
  return {
    assessment,
    observer: {
      uid: deviceUid(softwareVersion),
      name: productName,
      manufacturer,
      modelName: `${productName} ${softwareVersion}`,
    },
    images: Object.fromEntries(images),
    overlays: Object.fromEntries(
      composed.flatMap(({ document: { kind, findingId, sopClass, sopInstance, series } }) =>
        kind === 'sc' ? [[findingId ?? '', { sopClass, sopInstance, series }]] : [],
      ),
    ),
  };
}

/** The crop that the model took, else the tissue region that the header calibrates, else the whole frame. */
function reportedImage(
  facts: InstanceFacts,
  { clips }: Assessment,
  explanation: Explanation | undefined,
): ReportedImage | undefined {
  if (!facts.image) return undefined;
  const { sopClass, sopInstance, series, image } = facts;
  const whole = { x0: 0, y0: 0, x1: image.columns, y1: image.rows };
  const eligibility = clips.find((clip) => clip.sopInstance === sopInstance)?.eligibility;
  const tissue = eligibility?.kind === 'eligible' ? eligibility.region : undefined;
  return {
    reference: { sopClass, sopInstance, series },
    region: explanation?.crop ?? tissue ?? whole,
    analysedFrames: explanation?.frameIndices ?? [],
  };
}
