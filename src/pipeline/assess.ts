import { preliminaryRevision, type Assessment } from '#domain/assessment';
import type { ClipReading, Look, PreparedClip } from '#domain/clip';
import type { Finding, FindingDefinition, Omission } from '#domain/finding';
import type { Instance } from '#domain/instance';
import type { StudyUid } from '#domain/uid';
import type { Agent } from './agent.ts';
import { sourceDigest } from './digest.ts';
import { isWanted, lookAt, prepare, type LookedAt } from './look.ts';

/** What the first suitable clip says while the rest of its study still arrives; undefined where no question may be asked of it. */
export async function assessEarly(
  instance: Instance,
  { reading, clip }: LookedAt,
  agent: Agent,
): Promise<Assessment | undefined> {
  const { definitions, identity } = agent.findings;
  if (!clip || !isSuitable(reading, definitions)) return undefined;
  return {
    study: instance.facts.study,
    revision: preliminaryRevision,
    stage: 'preliminary',
    sourceDigest: sourceDigest([instance]),
    model: identity,
    viewModel: agent.views.identity,
    clips: [{ ...reading, used: true }],
    findings: await agent.findings.assess([clip], definitions),
    definitions,
    settledAt: instance.receivedAt,
  };
}

/** A study's assessment, and the looks that it had to take itself. */
export interface Assessed {
  readonly assessment: Assessment;
  readonly looks: readonly Look[];
}

/** Chooses a study's best clips among those that were looked at, and has the questions answered. */
export async function assessStudy(
  { study, revision }: { study: StudyUid; revision: number },
  agent: Agent,
  signal: AbortSignal,
): Promise<Assessed> {
  const sources = await agent.ledger.instances(study, 'source');
  const { readings, looks } = await readAll(study, sources, { agent, signal });
  const { definitions, identity } = agent.findings; // of one moment: a site may change its findings
  const chosen: PreparedClip[] = [];
  const clips = new Map(readings.map((reading) => [reading.sopInstance, reading]));
  for (const reading of bestFirst(readings, definitions)) {
    if (chosen.length === agent.settings.clipsMax) break;
    const clip = await clipOf(reading, sources, agent);
    if ('eligibility' in clip) clips.set(reading.sopInstance, clip);
    else chosen.push(clip);
    signal.throwIfAborted();
  }
  const used = new Set(chosen.map(({ sopInstance }) => sopInstance));
  const findings = await answer(chosen, readings, { agent, definitions });
  const embedding = chosen.length > 0 ? await agent.findings.embed?.(chosen) : undefined;
  const assessment: Assessment = {
    study,
    revision,
    stage: 'settled',
    sourceDigest: sourceDigest(sources),
    model: identity,
    viewModel: agent.views.identity,
    clips: [...clips.values()].map((reading) => ({ ...reading, used: used.has(reading.sopInstance) })),
    findings,
    definitions,
    ...(embedding && { embedding }),
    settledAt: Math.max(...sources.map((instance) => instance.receivedAt)),
  };
  return { assessment, looks };
}

/** What was seen in every clip: mostly as it arrived; what no look of the present model has seen yet is looked at now, two at a time. */
async function readAll(
  study: StudyUid,
  sources: readonly Instance[],
  { agent, signal }: { agent: Agent; signal: AbortSignal },
): Promise<{ readonly readings: readonly ClipReading[]; readonly looks: readonly Look[] }> {
  const { digest } = agent.views.identity;
  const kept = (await agent.ledger.looks(study)).filter(({ by }) => by === digest);
  const known = new Map(kept.map(({ reading }) => [reading.sopInstance, reading]));
  const looks: Look[] = [];
  const rest = sources.filter(({ facts }) => !known.has(facts.sopInstance));
  const goOn = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      signal.throwIfAborted();
      const { reading } = await lookAt(next, agent);
      known.set(next.facts.sopInstance, reading);
      looks.push({ study, reading, by: digest });
    }
  };
  const stopAll = (thrown: unknown): never => {
    rest.length = 0;
    throw thrown;
  };
  await Promise.all([goOn().catch(stopAll), goOn().catch(stopAll)]);
  return { readings: sources.flatMap(({ facts }) => known.get(facts.sopInstance) ?? []), looks };
}

/** The clips whose view some question may be asked of, surest view first. */
function bestFirst(
  readings: readonly ClipReading[],
  definitions: readonly FindingDefinition[],
): readonly ClipReading[] {
  const score = ({ view }: ClipReading): number => view?.score ?? 0;
  return readings
    .filter((reading) => isSuitable(reading, definitions))
    .sort((a, b) => score(b) - score(a) || (a.sopInstance < b.sopInstance ? -1 : 1));
}

function isSuitable({ view, eligibility }: ClipReading, definitions: readonly FindingDefinition[]): boolean {
  if (eligibility.kind !== 'eligible' || view?.kind !== 'recognised') return false;
  return isWanted(view.view, definitions);
}

/** The clip's frames; or, where they cannot be had any more, its reading that says so. */
async function clipOf(
  reading: ClipReading,
  sources: readonly Instance[],
  agent: Agent,
): Promise<PreparedClip | ClipReading> {
  const source = sources.find(({ facts }) => facts.sopInstance === reading.sopInstance) as Instance;
  if (reading.eligibility.kind !== 'eligible') return reading;
  const clip = await prepare(source, reading.eligibility, { agent, size: agent.findings.size });
  if (typeof clip !== 'string') return clip;
  return { ...reading, eligibility: { kind: 'ineligible', because: clip } };
}

async function answer(
  chosen: readonly PreparedClip[],
  readings: readonly ClipReading[],
  { agent, definitions }: { agent: Agent; definitions: readonly FindingDefinition[] },
): Promise<readonly Finding[]> {
  if (chosen.length > 0) return agent.findings.assess(chosen, definitions);
  const isEligible = readings.some(({ eligibility }) => eligibility.kind === 'eligible');
  const because: Omission = isEligible ? 'no-suitable-view' : 'no-eligible-clip';
  return definitions.map(({ id }) => ({ kind: 'not-assessed', id, because }));
}
