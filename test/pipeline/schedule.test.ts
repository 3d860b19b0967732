import { expect, test } from '@jest/globals';
import type { Poller } from '#pipeline/polling/poller';
import { schedulePoller } from '#pipeline/polling/schedule';

test('looks are made when the schedule says, never two at once, and the last one is ended by stop', async () => {
  let [begun, underWay, most] = [0, 0, 0];
  let wake = () => {};
  const second = new Promise<void>((resolve) => (wake = resolve));
  const poller: Poller = {
    name: 'far',
    async poll(signal) {
      begun += 1;
      underWay += 1;
      most = Math.max(most, underWay);
      if (begun === 1) await new Promise((resolve) => setTimeout(resolve, 1500));
      if (begun === 2) {
        wake();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      }
      underWay -= 1;
      return { studies: 0, instances: 0, failed: 0 };
    },
  };
  const schedule = schedulePoller(poller, '* * * * * *', () => {});
  await second;
  await schedule.stop();
  expect([begun, underWay, most]).toEqual([2, 0, 1]);
}, 15_000);

test('a schedule that is none is named', () => {
  const poller: Poller = { name: 'far', poll: () => Promise.reject(new Error()) };
  expect(() => schedulePoller(poller, 'now and then', () => {})).toThrow(
    expect.objectContaining({
      code: 'CONFIGURATION_INVALID',
      detail: expect.stringMatching(/"now and then" of archive far/),
    }),
  );
});
