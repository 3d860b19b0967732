import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './ports.ts';

/** The wall clock: the only place that reads it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    // A sleep that is cut short is over, not failed.
    await sleep(milliseconds, undefined, signal && { signal }).catch(() => undefined);
  },
};
