/** Wakes those who wait for something of a kind, once. */
export function createBell<Kind>() {
  const waiting = new Map<() => void, readonly Kind[]>();
  return {
    ring(heard: ReadonlySet<Kind>): void {
      for (const [wake, kinds] of waiting) {
        if (!kinds.some((kind) => heard.has(kind))) continue;
        waiting.delete(wake);
        wake();
      }
    },
    /** Returns how to wait no longer. */
    await(kinds: readonly Kind[], wake: () => void): () => void {
      waiting.set(wake, kinds);
      return () => void waiting.delete(wake);
    },
  };
}
