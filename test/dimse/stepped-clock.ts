import type { Clock } from '#src/ports';

/** A clock whose sleepers wake only when told that time has passed. */
export function steppedClock(startAt = 1_000_000): Clock & { advance(milliseconds: number): void } {
  let at = startAt;
  const sleepers = new Set<{ until: number; wake: () => void }>();
  return {
    now: () => at,
    sleep(milliseconds, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const sleeper = { until: at + milliseconds, wake: resolve };
      if (signal?.aborted) resolve();
      else sleepers.add(sleeper);
      signal?.addEventListener('abort', () => resolve(), { once: true });
      return promise.finally(() => sleepers.delete(sleeper));
    },
    advance(milliseconds) {
      at += milliseconds;
      for (const { until, wake } of sleepers) if (until <= at) wake();
    },
  };
}
