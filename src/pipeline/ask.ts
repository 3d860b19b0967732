import type { Assessment } from '#domain/assessment';
import type { PreparedClip } from '#domain/clip';
import { asAgentError, AgentError } from '#domain/errors';
import type { Explanation } from '#domain/explanation';
import type { Finding, FindingDefinition } from '#domain/finding';
import type { Frames } from '#src/ports';
import type { Question } from '#src/ports/reading-desk';
import type { Agent } from './agent.ts';
import { prepare } from './look.ts';

/** Where a sentence is seen in a study, and how similar; nothing of it is written. */
export interface Explained {
  readonly assessment: Assessment;
  readonly finding: Assessed;
  readonly explanation: Explanation;
  readonly frames: Frames;
}

type Assessed = Exclude<Finding, { kind: 'not-assessed' }>;
type Asking = Pick<Agent, 'ledger' | 'files' | 'reader' | 'findings' | 'settings'>;

/** Compares a sentence, or the one behind a finding, with the clips that speak for a study, and explains it on the clip that is most like it. Throws NOT_FOUND or REQUEST_INVALID. */
export async function explainOn({ study, about, method }: Question, agent: Agent): Promise<Explained> {
  const assessment = await agent.ledger.assessment(study);
  if (!assessment) throw new AgentError('NOT_FOUND', 'The study was not assessed yet.');
  const clips = await clipsOf(assessment, agent);
  const asked = 'finding' in about ? known(assessment, about.finding) : await compare(about.sentence, clips, agent);
  const clip = clips.find(({ sopInstance }) => sopInstance === asked.evidence.sopInstance);
  const instance = clip && (await agent.ledger.instance(clip.sopInstance));
  if (!clip || !instance) throw new AgentError('NOT_FOUND', 'The clip is not at hand any more.');
  const explanation = await agent.findings.explain(clip, asked, method);
  const frames = await agent.reader.frames(agent.files.path(instance), explanation.frameIndices);
  return { assessment, finding: asked, explanation, frames };
}

/** The clips that were used; where none was, the eligible one whose view is surest: a sentence may be put to any view. */
async function clipsOf({ study, clips: readings }: Assessment, agent: Agent): Promise<readonly PreparedClip[]> {
  const eligible = readings.filter(({ eligibility }) => eligibility.kind === 'eligible');
  const used = eligible.filter((reading) => reading.used);
  const surest = eligible.toSorted((a, b) => (b.view?.score ?? 0) - (a.view?.score ?? 0)).slice(0, 1);
  const sources = await agent.ledger.instances(study, 'source');
  const clips: PreparedClip[] = [];
  for (const { sopInstance, eligibility } of used.length > 0 ? used : surest) {
    const source = sources.find(({ facts }) => facts.sopInstance === sopInstance);
    if (!source || eligibility.kind !== 'eligible') continue;
    const clip = await prepare(source, eligibility, { agent, size: agent.findings.size });
    if (typeof clip !== 'string') clips.push(clip);
  }
  if (clips.length === 0) throw new AgentError('NOT_FOUND', 'The study has no clip that can be analysed.');
  return clips;
}

function known({ findings }: Assessment, id: string): Assessed {
  const finding = findings.find((candidate) => candidate.id === id);
  if (!finding || finding.kind === 'not-assessed')
    throw new AgentError('REQUEST_INVALID', 'That finding was not assessed in this study.');
  return finding;
}

async function compare(
  sentence: string,
  clips: readonly PreparedClip[],
  { findings }: Pick<Asking, 'findings'>,
): Promise<Assessed> {
  const [finding] = await findings.assess(clips, [definitionOf(sentence)]).catch((thrown: unknown) => {
    const error = asAgentError(thrown);
    // A vocabulary that has nothing for the sentence: the asker's matter, not the site's.
    throw error.code === 'CONFIGURATION_INVALID' ? new AgentError('REQUEST_INVALID', error.detail) : error;
  });
  if (!finding || finding.kind === 'not-assessed') throw new AgentError('MODEL_UNAVAILABLE', 'Nothing was compared.');
  return finding;
}

/** A sentence as a finding that is asked once: no calibration knows its id, so that its answer is a similarity only. */
function definitionOf(sentence: string): FindingDefinition {
  return {
    kind: 'presence',
    id: 'asked sentence',
    title: 'Sentence that was asked',
    concept: { value: 'ASKED', scheme: '99APICAL', meaning: 'Sentence that was asked' },
    site: { value: '80891009', scheme: 'SCT', meaning: 'Heart' },
    views: ['A4C'],
    sentences: [sentence],
  };
}
