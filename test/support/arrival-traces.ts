import { settlesAt, type SettlingPolicy } from '#domain/settling';
import { randomOf, type Random } from '#models/phantom/random';

// How studies reach an archive, simulated: when each instance comes, over which association. Times in milliseconds.

/** One instance of a study: when it is here, and until when its association stays open. */
interface Arrival {
  readonly at: number;
  readonly openUntil: number;
}

export interface Trace {
  readonly sender: string;
  readonly arrivals: readonly Arrival[];
  /** As an archive would count it; modalities do not say. */
  readonly expected?: number;
}

type Habit = (random: Random) => Omit<Trace, 'sender'>;

const second = 1_000;

/** Pauses between what an examiner does are log-normal: some short, a few very long. */
function pause(random: Random, medianMs: number, spread: number): number {
  return medianMs * Math.exp(spread * random.normal());
}

function oneAssociationEach(gaps: readonly number[], random: Random): readonly Arrival[] {
  let at = 0;
  return gaps.map((gap) => {
    at += gap;
    return { at, openUntil: at + random.between(0.1, 0.6) * second };
  });
}

/** How senders send. */
export const habits: Readonly<Record<string, Habit>> = {
  /** The whole study at its end, over one association. */
  'sends at the end': (random) => {
    let at = 0;
    const times = Array.from({ length: Math.round(random.between(30, 80)) }, () => (at += pause(random, second, 0.8)));
    return { arrivals: times.map((time) => ({ at: time, openUntil: at + 0.2 * second })) };
  },
  /** Each clip as it is acquired, over an association of its own. */
  'sends as acquired': (random) => {
    const clips = Math.round(random.between(25, 70));
    return {
      arrivals: oneAssociationEach(
        Array.from({ length: clips }, () => pause(random, 18 * second, 0.8)),
        random,
      ),
    };
  },
  /** As acquired, with a rest of minutes in the middle, as in stress echo. */
  'rest and stress': (random) => {
    const gaps = Array.from({ length: 40 }, () => pause(random, 12 * second, 0.7));
    gaps[20] = random.between(120, 420) * second;
    return { arrivals: oneAssociationEach(gaps, random) };
  },
  /** A forwarding archive in bursts, that stalls now and then. */
  'forwarded with stalls': (random) => {
    const gaps = Array.from({ length: 50 }, () =>
      random.chance(0.06) ? random.between(8, 45) * second : random.between(0.1, 1) * second,
    );
    return { arrivals: oneAssociationEach(gaps, random) };
  },
  /** Polled from an archive that knows how many there are. */
  'polled with a count': (random) => {
    const gaps = Array.from({ length: 50 }, () => pause(random, 0.7 * second, 1.2));
    return { arrivals: oneAssociationEach(gaps, random), expected: gaps.length };
  },
};

/** `studies` traces of every habit; each habit has a sender of its own, whose earlier studies tell how it sends. */
export function traces(seed: string, studies: number): readonly Trace[] {
  return Object.entries(habits).flatMap(([sender, habit]) =>
    Array.from({ length: studies }, (_, number) => ({ sender, ...habit(randomOf(seed, sender, number)) })),
  );
}

/** When a study would have been taken as whole, each time; the last time is the right one. */
export interface Verdict {
  readonly sender: string;
  /** Times it was taken as whole too early: each costs an assessment, and a report that is superseded. */
  readonly splits: number;
  /** From its last instance to its being taken as whole. */
  readonly delayMs: number;
}

export type Policy =
  { readonly kind: 'fixed'; readonly quietMs: number } | ({ readonly kind: 'known' } & SettlingPolicy);

/** Plays the traces of each sender in order, as the agent would see them. */
export function play(all: readonly Trace[], policy: Policy): readonly Verdict[] {
  const gapsOf = new Map<string, number[]>();
  return all.map((trace) => {
    const before = gapsOf.get(trace.sender) ?? [];
    const verdict = playOne(trace, policy, before.slice(-20));
    gapsOf.set(trace.sender, [...before, longestGap(trace.arrivals)]);
    return verdict;
  });
}

function playOne({ sender, arrivals, expected }: Trace, policy: Policy, senderGapsMs: readonly number[]): Verdict {
  let splits = 0;
  for (const [index, arrival] of arrivals.entries()) {
    const next = arrivals[index + 1];
    const at = settlement(arrivals.slice(0, index + 1), policy, { expected, senderGapsMs });
    if (!next) return { sender, splits, delayMs: at - arrival.at };
    if (at < next.at) splits += 1;
  }
  return { sender, splits, delayMs: 0 };
}

/** When what has arrived counts as whole if nothing more comes: the policy is asked again when it said to. */
function settlement(
  seen: readonly Arrival[],
  policy: Policy,
  known: { expected: number | undefined; senderGapsMs: readonly number[] },
): number {
  const last = seen.at(-1) as Arrival;
  if (policy.kind === 'fixed') return last.at + policy.quietMs;
  const openUntil = Math.max(...seen.map((arrival) => arrival.openUntil));
  const arrivals = {
    firstAt: seen[0]!.at,
    lastAt: last.at,
    instances: seen.length,
    longestGapMs: longestGap(seen),
    ...known,
  };
  for (let now = last.at; ;) {
    const at = settlesAt({ ...arrivals, isSending: now < openUntil }, policy, now);
    if (at <= now) return now;
    now = at;
  }
}

function longestGap(arrivals: readonly Arrival[]): number {
  return Math.max(0, ...arrivals.slice(1).map(({ at }, index) => at - arrivals[index]!.at));
}

/** What a policy costs, over the verdicts of one sender or of all. */
export function summary(verdicts: readonly Verdict[]) {
  const delays = verdicts.map(({ delayMs }) => delayMs).sort((a, b) => a - b);
  const quantile = (share: number) =>
    Math.round((delays[Math.min(delays.length - 1, Math.floor(share * delays.length))] ?? 0) / 100) / 10;
  return {
    studies: verdicts.length,
    splitStudies: verdicts.filter(({ splits }) => splits > 0).length / verdicts.length,
    assessmentsPerStudy: 1 + verdicts.reduce((sum, { splits }) => sum + splits, 0) / verdicts.length,
    delaySeconds: { median: quantile(0.5), p95: quantile(0.95) },
  };
}
