/** Wakes all who wait, once. */
export function createBell() {
  const waiting = new Set<() => void>();
  return {
    ring(): void {
      const woken = [...waiting];
      waiting.clear();
      for (const wake of woken) wake();
    },
    /** Returns how to wait no longer. */
    await(wake: () => void): () => void {
      waiting.add(wake);
      return () => void waiting.delete(wake);
    },
  };
}
