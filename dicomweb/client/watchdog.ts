/** Aborts when too little has moved for a while, so that a large object may take long and a dead peer, or one that drips, may not. */
export interface Watchdog {
  readonly signal: AbortSignal;
  /** Bytes moved. */
  alive(bytes: number): void;
  stop(): void;
}

export function createWatchdog(timeoutMs: number, signal: AbortSignal): Watchdog {
  const silence = new AbortController();
  const bark = () => silence.abort(new DOMException('Nothing was heard in time.', 'TimeoutError'));
  const timer = setTimeout(bark, timeoutMs);
  let moved = 0;
  return {
    signal: AbortSignal.any([signal, silence.signal]),
    alive(bytes) {
      moved += bytes;
      if (moved < bytesMin) return;
      moved = 0;
      timer.refresh();
    },
    stop: () => clearTimeout(timer),
  };
}

/** What a peer must move within the time to count as alive. */
const bytesMin = 4096;

/** The same bytes, each chunk a sign of life. */
export async function* watchedBy(
  watchdog: Watchdog,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of source) {
    watchdog.alive(chunk.length);
    yield chunk;
  }
}
