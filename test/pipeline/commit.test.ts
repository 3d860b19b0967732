import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Origin } from '#domain/instance';
import { commitmentOf } from '#pipeline/commit';
import { keepsUnder, type KeepingPolicy } from '#src/keeping';
import { anInstance } from '#test/support/instances';
import { openStory, send, uidOf } from './fakes.ts';

let story: Awaited<ReturnType<typeof openStory>>;
beforeEach(async () => void (story = await openStory()));
afterEach(() => story.close());

test('we vouch for what stays, and for nothing that may leave the archive later', async () => {
  await send(story.receive, { name: 'a' });
  await send(story.receive, { name: 'b' });
  const instances = await Promise.all(['a', 'b'].map((name) => story.ledger().instance(uidOf({ name }))));
  const asked = instances.map((instance) => instance!.facts);
  const keeps: ReturnType<typeof story.agent>['keeps'] = ({ facts }) => facts.sopInstance === asked[0]!.sopInstance;
  const { committed, failed } = await commitmentOf(
    { transaction: '1.2', instances: asked },
    { ...story.agent(), keeps },
  );
  expect(committed.map(({ sopInstance }) => sopInstance)).toEqual([asked[0]!.sopInstance]);
  expect(failed.map(({ sopInstance, reason }) => [sopInstance, reason])).toEqual([[asked[1]!.sopInstance, 0x0110]]);
});

const pushed: Origin = { kind: 'stow-rs', address: 'h' };
const polled: Origin = { kind: 'poll', archive: 'pacs' };

test.each<[string, Partial<KeepingPolicy>, Origin, boolean]>([
  ['without a limit everything', {}, polled, true],
  ['of an age what was sent to us', { days: 30 }, pushed, true],
  ['of an age not what an archive has', { days: 30 }, polled, false],
  ['for want of room not what an archive has', { bytesMax: 1 }, polled, false],
  ['not what was sent to us, where the site says so', { days: 30, pushedSources: true }, pushed, false],
])('%s stays', (_name, policy, origin, stays) => {
  const keeping = { pushedSources: false, schedule: '0 0 3 * * *', ...policy };
  expect(keepsUnder(keeping, { ...anInstance('a'), origin })).toBe(stays);
});
