import { expect, test } from '@jest/globals';
import { settlesAt, type Arrivals } from '#domain/settling';
import { play, summary, traces } from '#test/support/arrival-traces';

const policy = { quietPeriodMs: 10_000, quietMaxMs: 600_000, settleWithinMs: 7_200_000 };
const study: Arrivals = {
  firstAt: 0,
  lastAt: 100_000,
  instances: 5,
  longestGapMs: 2_000,
  isSending: false,
  senderGapsMs: [],
};
const at = (given: Partial<Arrivals>, now = 100_000) => settlesAt({ ...study, ...given }, policy, now) - study.lastAt;

test.each([
  ['after the quiet period where nothing else is known', {}, 10_000],
  ['half as long again after its own longest pause', { longestGapMs: 40_000 }, 60_000],
  [
    "half as long again after what is usual in the sender's earlier studies",
    { senderGapsMs: [40_000, 40_000] },
    60_000,
  ],
  [
    'not later for one odd study of the sender among many',
    { senderGapsMs: [...Array<number>(20).fill(1_000), 300_000] },
    10_000,
  ],
  ['not later for a pause that was another visit', { longestGapMs: 3_600_000 }, 10_000],
  ['never later than the longest quiet', { longestGapMs: 590_000 }, 600_000],
  ['a second after the last that the archive counts', { expected: 5 }, 1_000],
  ['later where the archive counts more than have come', { expected: 6 }, 60_000],
])('a study counts as whole %s', (_, given, expected) => {
  expect(at(given)).toBe(expected);
});

test('a study does not count as whole while an association is open, until its time is over', () => {
  expect(at({ isSending: true }, 500_000)).toBeGreaterThan(400_000);
  expect(at({ isSending: true }, 8_000_000)).toBe(policy.settleWithinMs - study.lastAt);
});

test('on simulated arrivals it splits fewer studies than a time-out of five minutes, and waits a third as long', () => {
  const all = traces('test', 60);
  const fixed = summary(play(all, { kind: 'fixed', quietMs: 300_000 }));
  const known = summary(play(all, { kind: 'known', ...policy }));
  expect(known.splitStudies).toBeLessThan(fixed.splitStudies);
  expect(known.assessmentsPerStudy).toBeLessThan(1.06);
  expect(known.delaySeconds.median).toBeLessThan(fixed.delaySeconds.median / 3);
});
