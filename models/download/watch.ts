/** A signal that is aborted with another one, or after a silence. */
export function watch(
  signal: AbortSignal,
  silenceMs: number,
): { readonly signal: AbortSignal; heard(): void; end(): void } {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`nothing came for ${silenceMs / 1000} s`)), silenceMs);
  return {
    signal: AbortSignal.any([signal, silence.signal]),
    heard: () => void timer.refresh(),
    end: () => clearTimeout(timer),
  };
}

/** Why a connection failed, in a few words. */
export function reasonOf(thrown: unknown): string {
  const { cause, message } = (thrown ?? {}) as Partial<Error>;
  const { code, message: within } = (cause ?? thrown ?? {}) as Partial<NodeJS.ErrnoException>;
  const isPlain = code !== undefined && !code.startsWith('UND_'); // codes of fetch's own are no words for people
  return (isPlain ? code : within) ?? message ?? 'the connection failed';
}
