import { setTimeout as sleep } from 'node:timers/promises';
import { AgentError } from '#domain/errors';

/** How long and how much we listen to a sender. */
export interface Patience {
  /** Longest time in which fewer than 4096 bytes come. */
  readonly silenceMs: number;
  /** Longest request. */
  readonly bytesMax: number;
}

const bytesMin = 4096;

/** Lets a body through while it comes fast enough and is not too long; the time that we take ourselves does not count. Throws REQUEST_INVALID or OBJECT_TOO_LARGE. */
export async function* patiently(
  source: AsyncIterable<Uint8Array>,
  { silenceMs, bytesMax }: Patience,
): AsyncGenerator<Uint8Array, void, void> {
  const iterator = source[Symbol.asyncIterator]();
  let [left, fresh, all] = [silenceMs, 0, 0];
  for (;;) {
    const begun = performance.now();
    const next = await within(iterator.next(), left);
    if (next === 'late')
      throw new AgentError('REQUEST_INVALID', `Fewer than ${bytesMin} bytes came in ${silenceMs} ms.`);
    if (next.done) return;
    left -= performance.now() - begun;
    fresh += next.value.length;
    all += next.value.length;
    if (all > bytesMax) throw new AgentError('OBJECT_TOO_LARGE', `A request may hold ${bytesMax} bytes.`);
    if (fresh >= bytesMin) [left, fresh] = [silenceMs, 0];
    yield next.value;
  }
}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T | 'late'> {
  const waiting = new AbortController();
  try {
    const late = sleep(Math.max(0, milliseconds), 'late' as const, { signal: waiting.signal });
    late.catch(() => {}); // the work was done in time
    return await Promise.race([work, late]);
  } finally {
    waiting.abort();
  }
}
