import type { PreparedClip } from '#domain/clip';
import type { Shadow } from '#domain/shadow';
import type { StudyUid } from '#domain/uid';
import type { FindingModel } from '#src/ports';
import type { Agent } from './agent.ts';
import { prepare } from './look.ts';

/** What a study waits for: a second model never delays it. */
const awaited = new Set<string>(['glance', 'look', 'assess', 'compose']);

/** Whether somebody waits for a model, or has one at work. */
export async function isModelAwaited({ ledger }: Pick<Agent, 'ledger'>): Promise<boolean> {
  return (await ledger.backlog()).some(
    ({ kind, state, count }) => awaited.has(kind) && state !== 'set-aside' && count > 0,
  );
}

/** What a second model says of the clips that the first one answered from; undefined where they cannot be had any more. */
export async function shadowStudy(
  { study, revision }: { study: StudyUid; revision: number },
  second: FindingModel,
  agent: Agent,
): Promise<Shadow | undefined> {
  const assessment = await agent.ledger.assessment(study, revision);
  if (!assessment) return undefined;
  const clips: PreparedClip[] = [];
  for (const { sopInstance, eligibility, used } of assessment.clips) {
    const source = used ? await agent.ledger.instance(sopInstance) : undefined;
    if (!source || eligibility.kind !== 'eligible') continue;
    const clip = await prepare(source, eligibility, { agent: { ...agent, findings: second }, size: second.size });
    if (typeof clip !== 'string') clips.push(clip);
  }
  if (clips.length === 0) return undefined;
  const { model: first, findings, definitions } = assessment;
  const answers = await second.assess(clips, definitions);
  const pairs = answers.flatMap((answer) => {
    const ours = findings.find(({ id }) => id === answer.id);
    return ours ? [{ first: ours, second: answer }] : [];
  });
  return { study, revision, at: agent.clock.now(), first, second: second.identity, pairs };
}
