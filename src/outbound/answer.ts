import { AgentError } from '#domain/errors';

/** What went wrong with an attempt to reach somebody, without his words: they may name the patient. */
export function unreachable(name: string, cause: unknown): AgentError {
  const { code, name: kind } = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException;
  return new AgentError('DESTINATION_UNREACHABLE', `${name}: ${code ?? kind}.`, { cause });
}

/** Holds an HTTP answer to what it means for a delivery: 2xx is done, "later" is busy, anything else a person must look at. */
export function requireTaken(name: string, status: number, later: readonly number[] = []): void {
  if (status >= 200 && status < 300) return;
  const isLater = status >= 500 || [408, 425, 429, ...later].includes(status);
  throw new AgentError(isLater ? 'DESTINATION_BUSY' : 'DESTINATION_REFUSED', `${name} answered ${status}.`);
}

/** The stop of the agent, or the end of patience. */
export function within(timeoutMs: number, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
}
