import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '#src/ports';

/** A clock that stands still until told; a sleep passes at once and moves it. */
export function manualClock(startAt = 1_000_000): Clock & { advance(milliseconds: number): void } {
  let at = startAt;
  return {
    now: () => at,
    advance: (milliseconds) => void (at += milliseconds),
    async sleep(milliseconds) {
      at += milliseconds;
      await turn();
    },
  };
}
