import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AgentError } from '#domain/errors';
import type { Agent } from '#pipeline/agent';
import { tell } from '#pipeline/runner';
import { story as chapters } from '#pipeline/story';
import { openStory, send, study } from './fakes.ts';

let story: Awaited<ReturnType<typeof openStory>>;
const { signal } = new AbortController();
const job = { kind: 'shadow', study, revision: 1 } as const;

beforeEach(async () => {
  story = await openStory();
  await send(story.receive, { name: 'a' });
  await story.run();
});
afterEach(() => story.close());

/** The agent with a second model, which says seven more than the first. */
function shadowed(): Agent {
  const agent = story.agent();
  const { findings } = agent;
  const shadow: Agent['findings'] = {
    ...findings,
    identity: { ...findings.identity, digest: 'second' },
    assess: async (clips, definitions) =>
      (await findings.assess(clips, definitions)).map((finding) =>
        finding.kind === 'measured' ? { ...finding, value: finding.value + 7 } : finding,
      ),
  };
  return { ...agent, shadow };
}

test('a second model is asked about the same clips, and both answers are kept beside each other', async () => {
  const outcome = await chapters.shadow(job, shadowed(), signal);
  expect(outcome).toMatchObject({
    kind: 'done',
    next: [],
    facts: [
      {
        kind: 'shadowed',
        shadow: {
          first: { digest: 'd' },
          second: { digest: 'second' },
          pairs: [{ first: { value: 55 }, second: { value: 62 } }],
        },
      },
    ],
  });
  if (outcome.kind === 'done') await story.ledger().record(outcome);
  expect(await story.ledger().shadows(5)).toHaveLength(1);
});

test('its work comes after everything else that a study asks for, and it writes no document', async () => {
  const outcome = await chapters.compose({ kind: 'compose', study, revision: 1 }, shadowed(), signal);
  if (outcome.kind !== 'done') throw new Error('composing waits');
  const ranks = outcome.next.map(({ job: { kind }, priority }) => ({ kind, priority }));
  expect(ranks.at(-1)!.kind).toBe('shadow');
  expect(Math.max(...ranks.map(({ priority }) => priority))).toBe(ranks.at(-1)!.priority);
  expect(outcome.facts.filter(({ kind }) => kind === 'written')).toHaveLength(
    (await story.ledger().documents(study)).length,
  );
});

test('it waits while any study waits for a model', async () => {
  await send(story.receive, { name: 'b' });
  expect(await chapters.shadow(job, shadowed(), signal)).toMatchObject({ kind: 'wait' });
});

test('where it fails for good the study stands as it stood', async () => {
  const agent = shadowed();
  const broken = async () => {
    throw new AgentError('MODEL_UNFIT', 'no such tensor');
  };
  await story.ledger().enqueue([{ job, runAt: story.clock.now(), priority: 1 }]);
  const claimed = (await story.ledger().claim(['shadow'], 60_000))!;
  const patience = { leaseMs: 60_000, attemptsMax: 1, backOffFirstMs: 1, backOffMax: 1 };
  await tell(claimed, { ...agent, shadow: { ...agent.shadow!, assess: broken } }, { patience, stop: signal });
  expect((await story.ledger().study(study))?.state).toEqual({ kind: 'assessed', revision: 1 });
  expect(await story.ledger().backlog()).toEqual([{ kind: 'shadow', state: 'set-aside', count: 1 }]);
});

test('what a settled study looked like is kept by its scanner', async () => {
  const [seen, ...others] = await story.ledger().scanners(5);
  expect([seen, ...others]).toMatchObject([{ scanner: 'unknown', site: 'unknown', model: 'd', studies: 1 }]);
  expect(await story.ledger().sightings(seen!, 'last', 5)).toMatchObject([
    { clips: 1, measures: { 'refused share': 0, 'view score': 0.9 } },
  ]);
});
