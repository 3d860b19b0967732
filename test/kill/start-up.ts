/** An agent that was killed answers again within this time. */
export const startUpLimitMs = 5000;

/** How long starting took, from the command to ports that answer. */
export interface StartUp {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly overLimit: number;
}

/** The first start is left out: it makes what later ones find, and follows no kill. */
export function summarizeStarts([, ...afterKills]: readonly number[]): StartUp {
  const sorted = [...afterKills].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  const overLimit = sorted.filter((ms) => ms > startUpLimitMs).length;
  return { p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1), overLimit };
}
