import { expect, test } from '@jest/globals';
import { AgentError } from '#domain/errors';
import { tell } from '#pipeline/runner';
import type { Standing } from '#src/ports/worklist';
import { openStory, send, study } from './fakes.ts';

test('worklists are told of a study that was set aside, as of everything else', async () => {
  const standings: Standing['study']['state'][] = [];
  const worklists = [{ name: 'own', tell: async (standing: Standing) => void standings.push(standing.study.state) }];
  const story = await openStory({ worklists });
  const compose = async () => {
    throw new AgentError('REPORT_INVALID', 'row 3');
  };
  const patience = { leaseMs: 60_000, attemptsMax: 3, backOffFirstMs: 1, backOffMax: 1 };
  const broken = () => ({ ...story.agent(), composer: { compose } }) as unknown as ReturnType<typeof story.agent>;
  await send(story.receive, { name: 'a' });
  story.clock.advance(20_000);
  for (;;) {
    const job = await story.ledger().claim(['glance', 'look', 'settle', 'assess', 'compose', 'worklist'], 60_000);
    if (!job) break;
    await tell(job, broken(), { patience, stop: new AbortController().signal });
  }
  expect((await story.ledger().study(study))?.state.kind).toBe('set-aside');
  expect(standings.at(-1)).toEqual({ kind: 'set-aside', revision: 1, fault: 'REPORT_INVALID' });
  story.close();
});
