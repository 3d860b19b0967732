/** What is known of how a study arrives. */
export interface Arrivals {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly instances: number;
  /** The longest pause between two of its instances so far. */
  readonly longestGapMs: number;
  /** An association over which something of it came is still open. */
  readonly isSending: boolean;
  /** As the archive counts it. */
  readonly expected?: number | undefined;
  /** The longest pauses within the same sender's latest studies. */
  readonly senderGapsMs: readonly number[];
}

export interface SettlingPolicy {
  /** The shortest quiet after which a study may count as whole. */
  readonly quietPeriodMs: number;
  /** The longest quiet that is waited for, however slowly a sender sends; longer pauses are another visit. */
  readonly quietMaxMs: number;
  /** After this long since its first instance a study is assessed though more of it still arrives. */
  readonly settleWithinMs: number;
}

// A pause half as long again as nine in ten of the sender's longest ones: see test/bench/settling.ts for what it costs and saves.
const margin = 1.5;
const share = 0.9;
// What an archive counts and we lack is likely on its way.
const patienceForMissing = 6;
const recheckMs = 1_000;
const lastWordMs = 1_000;

/** The shortest quiet after which a study may count as whole, by how many instances it has and is to have. */
export function soonest(
  { instances, expected }: Pick<Arrivals, 'instances' | 'expected'>,
  { quietPeriodMs }: Pick<SettlingPolicy, 'quietPeriodMs'>,
): number {
  return expected !== undefined && instances >= expected ? Math.min(lastWordMs, quietPeriodMs) : quietPeriodMs;
}

/** When a study counts as whole, as far as can be told now: at once if that lies in the past. */
export function settlesAt(arrivals: Arrivals, policy: SettlingPolicy, now: number): number {
  const { firstAt, lastAt, instances, expected, isSending } = arrivals;
  const latest = firstAt + policy.settleWithinMs;
  if (expected !== undefined && instances >= expected) return Math.min(latest, lastAt + soonest(arrivals, policy));
  if (isSending) return Math.min(latest, now + recheckMs);
  return Math.min(latest, lastAt + quiet(arrivals, policy));
}

/** How long a silence must be before it means the end, judged by how this sender pauses. */
function quiet(
  { longestGapMs, senderGapsMs, expected }: Arrivals,
  { quietPeriodMs, quietMaxMs }: SettlingPolicy,
): number {
  const gaps = [...senderGapsMs, longestGapMs].filter((gap) => gap <= quietMaxMs).sort((a, b) => a - b);
  const usual = gaps[Math.ceil(gaps.length * share) - 1] ?? 0;
  const own = longestGapMs <= quietMaxMs ? longestGapMs : 0;
  const shortest = expected === undefined ? quietPeriodMs : patienceForMissing * quietPeriodMs;
  return Math.min(quietMaxMs, Math.max(shortest, margin * Math.max(usual, own)));
}
