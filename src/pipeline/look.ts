import type { ClipReading, Eligibility, Ineligibility, PreparedClip } from '#domain/clip';
import { judgeHeader, judgePixels } from '#domain/eligibility';
import { asAgentError } from '#domain/errors';
import type { FindingDefinition } from '#domain/finding';
import type { Instance } from '#domain/instance';
import type { StudyRow } from '#domain/study';
import type { StudyUid, Uid } from '#domain/uid';
import type { View } from '#domain/view';
import type { Agent } from './agent.ts';

export interface DueLook {
  readonly row: StudyRow;
  readonly instance: Instance;
  /** Nothing was said of its study yet, and more of it may come. */
  readonly isWordAwaited: boolean;
}

/** What a look at a clip begins with; undefined where the present model has seen it: its study settled first. */
export async function dueLook(
  { study, sopInstance }: { study: StudyUid; sopInstance: Uid },
  { ledger, views }: Pick<Agent, 'ledger' | 'views'>,
): Promise<DueLook | undefined> {
  const row = await ledger.study(study);
  const instance = await ledger.instance(sopInstance);
  if (!row || !instance) return undefined;
  const looks = await ledger.looks(study);
  if (looks.some(({ reading, by }) => reading.sopInstance === sopInstance && by === views.identity.digest))
    return undefined;
  const isWordAwaited = row.state.kind === 'receiving' && (row.triage?.stage ?? 'arrival') === 'arrival';
  return { row, instance, isWordAwaited };
}

const framesOfGlance = 4;

/** By a few frames: whether a question may well be asked of the clip. It settles no more than what is looked at first. */
export async function seemsSuitable(instance: Instance, agent: Agent): Promise<boolean> {
  const byHeader = judgeHeader(instance.facts, agent.settings.framesMin);
  if (byHeader.kind === 'ineligible') return false;
  const { size } = agent.views;
  const clip = await prepare(instance, byHeader, { agent, size, framesMax: framesOfGlance, isUrgent: true });
  if (typeof clip === 'string' || judgePixels(byHeader, clip.facts).kind === 'ineligible') return false;
  const view = await agent.views.classify(clip);
  return isWanted(view.kind === 'recognised' ? view.view : view.nearest, agent.findings.definitions);
}

export function isWanted(view: View, definitions: readonly FindingDefinition[]): boolean {
  return definitions.some(({ views }) => views.includes(view));
}

export interface LookedAt {
  readonly reading: ClipReading;
  /** Present where the clip may be shown to a model. */
  readonly clip?: PreparedClip;
}

/** Looks at one clip: header first, then pixels, then the view. A clip that cannot be read costs only itself. */
export async function lookAt(
  instance: Instance,
  agent: Agent,
  { isUrgent = false }: { readonly isUrgent?: boolean } = {},
): Promise<LookedAt> {
  const { facts } = instance;
  const { sopInstance, series } = facts;
  const ineligible = (because: Ineligibility): LookedAt => {
    agent.publish({ kind: 'clip-read', study: facts.study, sopInstance, outcome: because });
    return { reading: { sopInstance, series, eligibility: { kind: 'ineligible', because }, used: false } };
  };
  const byHeader = judgeHeader(facts, agent.settings.framesMin);
  if (byHeader.kind === 'ineligible') return ineligible(byHeader.because);
  const clip = await prepare(instance, byHeader, { agent, size: agent.findings.size, isUrgent });
  if (typeof clip === 'string') return ineligible(clip);
  const byPixels = judgePixels(byHeader, clip.facts);
  if (byPixels.kind === 'ineligible') return ineligible(byPixels.because);
  const { size } = agent.views;
  const forView = size === clip.size ? clip : await prepare(instance, byHeader, { agent, size, isUrgent });
  if (typeof forView === 'string') return ineligible(forView);
  const view = await agent.views.classify(forView);
  const outcome = view.kind === 'recognised' ? view.view : 'unsure';
  agent.publish({ kind: 'clip-read', study: facts.study, sopInstance, outcome });
  return { reading: { sopInstance, series, eligibility: byPixels, view, used: false }, clip };
}

interface Preparing {
  readonly agent: Agent;
  readonly size: number;
  /** Of the frames that the model takes, no more than these, spread evenly from the first. */
  readonly framesMax?: number;
  /** Goes before what others want read. */
  readonly isUrgent?: boolean;
}

/** The frames of an eligible clip as a model takes them, or why it cannot have them. */
export async function prepare(
  instance: Instance,
  { region }: Extract<Eligibility, { kind: 'eligible' }>,
  { agent, size, framesMax, isUrgent = false }: Preparing,
): Promise<PreparedClip | Ineligibility> {
  const taken = agent.findings.selectFrames(instance.facts.image?.frames ?? 0);
  const step = framesMax === undefined ? 1 : Math.ceil(taken.length / framesMax);
  const frameIndices = taken.filter((_, index) => index % step === 0);
  try {
    return await agent.reader.prepare(agent.files.path(instance), {
      frameIndices,
      size,
      ...(region && { region }),
      ...(isUrgent && { isUrgent }),
    });
  } catch (thrown) {
    const error = asAgentError(thrown);
    if (error.code === 'TRANSFER_SYNTAX_UNSUPPORTED') return 'video';
    if (error.code === 'PIXELS_UNDECODABLE') return 'undecodable';
    if (error.code === 'OBJECT_UNREADABLE' || error.code === 'FILE_MISSING') return 'unreadable';
    throw error; // the disk, the process: not the clip's fault, so the chapter is told again
  }
}
