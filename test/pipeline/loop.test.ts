import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { runLanes } from '#pipeline/loop';
import { openStory, send, study } from './fakes.ts';

let story: Awaited<ReturnType<typeof openStory>>;
afterEach(() => story.close());

const patience = { leaseMs: 60_000, attemptsMax: 3, backOffFirstMs: 1000, backOffMax: 8000 };

test('a job that comes is heard of: nothing waits for the next round', async () => {
  story = await openStory();
  const stop = new AbortController();
  const read = once(stop.signal, 'abort');
  const publish = ({ kind }: { kind: string }) => void (kind === 'clip-read' && stop.abort());
  // A clock whose sleeps end only when they are cut short.
  const sleep = async (_: number, signal?: AbortSignal) =>
    void (signal && !signal.aborted && (await once(signal, 'abort')));
  const clock = { now: story.clock.now, sleep };
  const lanes = runLanes({ ...story.agent(), clock, publish }, { patience, stop: stop.signal });
  await new Promise(setImmediate); // all lanes have found nothing
  await send(story.receive, { name: 'a' });
  await read;
  await lanes;
  expect(await story.ledger().looks(study)).toHaveLength(1);
});
