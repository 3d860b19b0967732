/** Aborts when nothing has moved for a while, so that a large object may take long and a dead peer may not. */
export interface Watchdog {
  readonly signal: AbortSignal;
  /** Something moved. */
  alive(): void;
  stop(): void;
}

export function createWatchdog(timeoutMs: number, signal: AbortSignal): Watchdog {
  const silence = new AbortController();
  const bark = () => silence.abort(new DOMException('Nothing was heard in time.', 'TimeoutError'));
  const timer = setTimeout(bark, timeoutMs);
  return {
    signal: AbortSignal.any([signal, silence.signal]),
    alive: () => void timer.refresh(),
    stop: () => clearTimeout(timer),
  };
}

/** The same bytes, each chunk a sign of life. */
export async function* watchedBy(
  watchdog: Watchdog,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of source) {
    watchdog.alive();
    yield chunk;
  }
}
