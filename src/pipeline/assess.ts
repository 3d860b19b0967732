import type { Assessment } from '#domain/assessment';
import type { ClipReading, Eligibility, Ineligibility, PreparedClip } from '#domain/clip';
import { judgeHeader, judgePixels } from '#domain/eligibility';
import { asAgentError } from '#domain/errors';
import type { Finding, FindingDefinition, Omission } from '#domain/finding';
import type { Instance } from '#domain/instance';
import type { StudyUid } from '#domain/uid';
import type { View } from '#domain/view';
import type { Agent } from './agent.ts';
import { sourceDigest } from './digest.ts';

interface LookedAt {
  readonly reading: ClipReading;
  /** Present where the clip may be shown to a model. */
  readonly clip?: PreparedClip;
}

/** Looks at every clip of a study, chooses those of a suitable view, and has the questions answered. */
export async function assessStudy(
  { study, revision }: { study: StudyUid; revision: number },
  agent: Agent,
  signal: AbortSignal,
): Promise<Assessment> {
  const sources = await agent.ledger.instances(study, 'source');
  const looked = await lookAtAll(sources, agent, signal);
  const { definitions, identity } = agent.findings; // of one moment: a site may change its findings
  const chosen = choose(looked, definitions, agent.settings.clipsMax);
  const findings = await answer(chosen, looked, { agent, definitions });
  return {
    study,
    revision,
    sourceDigest: sourceDigest(sources),
    model: identity,
    viewModel: agent.views.identity,
    clips: looked.map(({ reading }) => ({
      ...reading,
      used: chosen.some((clip) => clip.sopInstance === reading.sopInstance),
    })),
    findings,
    definitions,
    settledAt: Math.max(...sources.map((instance) => instance.receivedAt)),
  };
}

/** Two clips at a time: one is decoded while the other's view is named. */
async function lookAtAll(sources: readonly Instance[], agent: Agent, signal: AbortSignal): Promise<LookedAt[]> {
  const looked: LookedAt[] = [];
  const rest = [...sources.entries()];
  const goOn = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      const [place, instance] = next;
      signal.throwIfAborted();
      looked[place] = await look(instance, agent);
    }
  };
  const stopAll = (thrown: unknown): never => {
    rest.length = 0;
    throw thrown;
  };
  await Promise.all([goOn().catch(stopAll), goOn().catch(stopAll)]);
  return looked;
}

/** One clip: header first, then pixels, then the view. A clip that cannot be read costs only itself. */
async function look(instance: Instance, agent: Agent): Promise<LookedAt> {
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
  agent.publish({
    kind: 'clip-read',
    study: facts.study,
    sopInstance,
    outcome: view.kind === 'recognised' ? view.view : 'unsure',
  });
  return { reading: { sopInstance, series, eligibility: byPixels, view, used: false }, clip };
}

async function prepare(
  instance: Instance,
  eligibility: Extract<Eligibility, { kind: 'eligible' }>,
  { agent, size }: { agent: Agent; size: number },
): Promise<PreparedClip | Ineligibility> {
  const { region } = eligibility;
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

/** The clips whose view some question may be asked of, surest view first. */
function choose(
  looked: readonly LookedAt[],
  definitions: readonly FindingDefinition[],
  clipsMax: number,
): readonly PreparedClip[] {
  const wanted = new Set<View>(definitions.flatMap((definition) => definition.views));
  return looked
    .flatMap(({ reading: { view }, clip }) =>
      clip && view?.kind === 'recognised' && wanted.has(view.view) ? [{ clip, score: view.score }] : [],
    )
    .sort((a, b) => b.score - a.score || (a.clip.sopInstance < b.clip.sopInstance ? -1 : 1))
    .slice(0, clipsMax)
    .map(({ clip }) => clip);
}

async function answer(
  chosen: readonly PreparedClip[],
  looked: readonly LookedAt[],
  { agent, definitions }: { agent: Agent; definitions: readonly FindingDefinition[] },
): Promise<readonly Finding[]> {
  if (chosen.length > 0) return agent.findings.assess(chosen, definitions);
  const because: Omission = looked.some(({ clip }) => clip) ? 'no-suitable-view' : 'no-eligible-clip';
  return definitions.map(({ id }) => ({ kind: 'not-assessed', id, because }));
}
