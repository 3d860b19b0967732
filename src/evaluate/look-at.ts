import type { Eligibility, PreparedClip } from '#domain/clip';
import { judgeHeader, judgePixels } from '#domain/eligibility';
import type { InstanceFacts } from '#domain/instance';
import type { ViewReading } from '#domain/view';
import type { ClipReader, FindingModel, ViewClassifier } from '#src/ports';

/** Who looks at clips. */
export interface Lookers {
  readonly reader: ClipReader;
  readonly findings: FindingModel;
  readonly views: ViewClassifier;
  /** Fewer frames than this are too few. */
  readonly framesMin: number;
}

/** How a clip fared, as the agent would have it. */
export type Looked =
  | { readonly kind: 'refused'; readonly because: Extract<Eligibility, { kind: 'ineligible' }>['because'] }
  | { readonly kind: 'seen'; readonly clip: PreparedClip; readonly view: ViewReading; readonly facts: InstanceFacts };

/** One file on the agent's own way: header, pixels, view. */
export async function lookAt(path: string, { reader, findings, views, framesMin }: Lookers): Promise<Looked> {
  const facts = await reader.examine(path);
  const byHeader = judgeHeader(facts, framesMin);
  if (byHeader.kind === 'ineligible') return { kind: 'refused', because: byHeader.because };
  const frameIndices = findings.selectFrames(facts.image?.frames ?? 0);
  const { region } = byHeader;
  const prepare = (size: number) => reader.prepare(path, { frameIndices, size, ...(region && { region }) });
  const clip = await prepare(findings.size);
  const byPixels = judgePixels(byHeader, clip.facts);
  if (byPixels.kind === 'ineligible') return { kind: 'refused', because: byPixels.because };
  const view = await views.classify(views.size === clip.size ? clip : await prepare(views.size));
  return { kind: 'seen', clip, view, facts };
}
