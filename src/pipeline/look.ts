import type { ClipReading, Eligibility, Ineligibility, PreparedClip } from '#domain/clip';
import { judgeHeader, judgePixels } from '#domain/eligibility';
import { asAgentError } from '#domain/errors';
import type { Instance } from '#domain/instance';
import type { Agent } from './agent.ts';

export interface LookedAt {
  readonly reading: ClipReading;
  /** Present where the clip may be shown to a model. */
  readonly clip?: PreparedClip;
}

/** Looks at one clip: header first, then pixels, then the view. A clip that cannot be read costs only itself. */
export async function lookAt(instance: Instance, agent: Agent): Promise<LookedAt> {
  const { facts } = instance;
  const { sopInstance, series } = facts;
  const ineligible = (because: Ineligibility): LookedAt => {
    agent.publish({ kind: 'clip-read', study: facts.study, sopInstance, outcome: because });
    return { reading: { sopInstance, series, eligibility: { kind: 'ineligible', because }, used: false } };
  };
  const byHeader = judgeHeader(facts, agent.settings.framesMin);
  if (byHeader.kind === 'ineligible') return ineligible(byHeader.because);
  const clip = await prepare(instance, byHeader, { agent, size: agent.findings.size });
  if (typeof clip === 'string') return ineligible(clip);
  const byPixels = judgePixels(byHeader, clip.facts);
  if (byPixels.kind === 'ineligible') return ineligible(byPixels.because);
  const { size } = agent.views;
  const forView = size === clip.size ? clip : await prepare(instance, byHeader, { agent, size });
  if (typeof forView === 'string') return ineligible(forView);
  const view = await agent.views.classify(forView);
  const outcome = view.kind === 'recognised' ? view.view : 'unsure';
  agent.publish({ kind: 'clip-read', study: facts.study, sopInstance, outcome });
  return { reading: { sopInstance, series, eligibility: byPixels, view, used: false }, clip };
}

/** The frames of an eligible clip as a model takes them, or why it cannot have them. */
export async function prepare(
  instance: Instance,
  { region }: Extract<Eligibility, { kind: 'eligible' }>,
  { agent, size }: { agent: Agent; size: number },
): Promise<PreparedClip | Ineligibility> {
  const frameIndices = agent.findings.selectFrames(instance.facts.image?.frames ?? 0);
  try {
    return await agent.reader.prepare(agent.files.path(instance), {
      frameIndices,
      size,
      ...(region && { region }),
    });
  } catch (thrown) {
    const error = asAgentError(thrown);
    if (error.code === 'TRANSFER_SYNTAX_UNSUPPORTED') return 'video';
    if (error.code === 'PIXELS_UNDECODABLE') return 'undecodable';
    if (error.code === 'OBJECT_UNREADABLE' || error.code === 'FILE_MISSING') return 'unreadable';
    throw error; // the disk, the process: not the clip's fault, so the chapter is told again
  }
}
