import type { Clock } from '#src/ports';

/** Timers cannot wait longer. */
const longestSleepMs = 2 ** 31 - 1;

/** Acts once when `milliseconds` have passed, unless the signal aborts first. */
export function after(clock: Clock, milliseconds: number, signal: AbortSignal, act: () => void): void {
  const until = clock.now() + milliseconds;
  const sleep = async () => {
    while (!signal.aborted) {
      const left = until - clock.now();
      if (left <= 0) return act();
      await clock.sleep(Math.min(left, longestSleepMs), signal);
    }
  };
  void sleep();
}

/** Resolves with the event, or as soon as the signal aborts. */
export async function unlessOver(signal: AbortSignal, event: Promise<void>): Promise<void> {
  const cut = Promise.withResolvers<void>();
  const onAbort = () => cut.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  await Promise.race([event, cut.promise]);
  signal.removeEventListener('abort', onAbort);
}

/** How long the peer may keep us waiting. It runs only while it is the peer's turn: our own slowness costs the peer nothing. */
export class Patience {
  readonly #clock: Clock;
  #waitingSince: number | undefined;
  /** Waited before the last rest, where waiting goes on. */
  #waitedMs = 0;
  #limitMs: number;

  constructor(clock: Clock, firstLimitMs: number, { signal, spent }: { signal: AbortSignal; spent: () => void }) {
    this.#clock = clock;
    this.#limitMs = firstLimitMs;
    this.#waitingSince = clock.now();
    void this.#watch(signal, spent);
  }

  /** It is the peer's turn, for so long. */
  wait(limitMs: number): void {
    this.#limitMs = limitMs;
    this.#waitedMs = 0;
    this.#waitingSince = this.#clock.now();
  }

  /** It is our turn. */
  rest(): void {
    this.#waitedMs += this.#waitingSince === undefined ? 0 : this.#clock.now() - this.#waitingSince;
    this.#waitingSince = undefined;
  }

  /** It is the peer's turn again; what it took before our rest counts on. */
  goOn(): void {
    this.#waitingSince = this.#clock.now();
  }

  // One sleep a limit, not a timer a PDU: there are thousands of PDUs in a second.
  async #watch(signal: AbortSignal, spent: () => void): Promise<void> {
    while (!signal.aborted) {
      const waited = this.#waitingSince === undefined ? 0 : this.#waitedMs + this.#clock.now() - this.#waitingSince;
      if (waited >= this.#limitMs) return spent();
      await this.#clock.sleep(Math.min(this.#limitMs - waited, longestSleepMs), signal);
    }
  }
}
