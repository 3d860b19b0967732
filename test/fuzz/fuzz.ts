import { startBystander, traffics, type Bystander, type Traffic } from './bystander.ts';
import { holding, holdingAtRest, type Holding } from './growth.ts';
import { below, mutate, numbersOf, type Numbers } from './mutate.ts';
import { seeds } from './seeds.ts';
import { hold, mutateTalk, recordTalks, type Talk } from './talks.ts';
import { openTarget, type Target } from './target.ts';

export interface FuzzWish {
  readonly files: number;
  readonly associations: number;
  readonly seed: number;
  /** A folder of real files; it may be missing. */
  readonly corpus: string;
  /** Nothing more is begun after so long. */
  readonly secondsMax?: number;
  readonly tell?: (line: string) => void;
}

export interface FuzzOutcome {
  readonly files: number;
  readonly kept: number;
  readonly refused: number;
  readonly associations: number;
  readonly descriptorsGrown: number;
  /** What the event loop's thread held at the end more than half way, after collection; and what the whole process held. */
  readonly heapGrownMb: number;
  readonly residentGrownMb: number;
  readonly residentMb: number;
  /** How long a sound object of another study took meanwhile, by what else went on. */
  readonly bystander: Readonly<Record<Traffic, Took>>;
  readonly broken: readonly string[];
}

interface Took {
  readonly objects: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

interface Fuzzing {
  readonly target: Target;
  readonly bystander: Bystander;
  readonly numbers: Numbers;
  readonly samples: readonly Buffer[];
  readonly talks: readonly Talk[];
  readonly broken: string[];
  readonly isInTime: (share: number) => boolean;
  readonly wish: FuzzWish;
  readonly count: { files: number; kept: number; associations: number };
}

// By turns, so that a machine that others use too is the same for both: damaged ones, then sound ones.
const [damagedTurn, soundTurn] = [40, 10];

/** Throws damaged files and associations at the doors, and looks whether they stand and whether others are served as before. */
export async function fuzz(wish: FuzzWish): Promise<FuzzOutcome> {
  const { seed, corpus, secondsMax = Infinity, tell = () => undefined } = wish;
  const target = await openTarget();
  const broken: string[] = [];
  const onRejection = (reason: unknown) => void broken.push(`an unhandled rejection: ${String(reason)}`);
  process.on('unhandledRejection', onRejection);
  try {
    const samples = await seeds(corpus);
    await target.take(samples[1]!); // readers and decoders are loaded before anything is measured
    const talks = await recordTalks(target, samples.slice(0, 2));
    const before = await holding();
    const begun = performance.now();
    const isInTime = (share: number) => performance.now() - begun < secondsMax * 1000 * share;
    const bystander = startBystander(target);
    const count = { files: 0, kept: 0, associations: 0 };
    const fuzzing = { target, bystander, numbers: numbersOf(seed), samples, talks, broken, isInTime, wish, count };
    await throwFiles(fuzzing, { until: wish.files / 2, share: 1 / 3 });
    const half = await holding();
    tell(`${count.files} files, ${count.kept} kept, ${broken.length} broken`);
    await throwFiles(fuzzing, { until: wish.files, share: 2 / 3 });
    tell(`${count.files} files, ${count.kept} kept, ${broken.length} broken`);
    await throwTalks(fuzzing);
    await bystander.stop();
    broken.push(...bystander.refused);
    const after = await holdingAtRest(before.descriptors);
    return {
      ...count,
      refused: count.files - count.kept,
      ...grown({ before, half, after }),
      ...told(bystander),
      broken,
    };
  } finally {
    process.off('unhandledRejection', onRejection);
    await target.close();
  }
}

function grown({ before, half, after }: Record<'before' | 'half' | 'after', Holding>) {
  return {
    descriptorsGrown: after.descriptors - before.descriptors,
    heapGrownMb: after.heapMb - half.heapMb,
    residentGrownMb: after.residentMb - half.residentMb,
    residentMb: after.residentMb,
  };
}

async function throwFiles(fuzzing: Fuzzing, { until, share }: { until: number; share: number }): Promise<void> {
  const { target, bystander, numbers, samples, broken, isInTime, wish, count } = fuzzing;
  const pick = () => samples[below(numbers, samples.length)]!;
  while (count.files < until && isInTime(share)) {
    bystander.beside('damaged');
    for (let turn = 0; turn < damagedTurn && count.files < until && isInTime(share); turn += 1) {
      const outcome = await target.take(mutate(pick(), numbers, pick()));
      if (outcome === 'kept') count.kept += 1;
      else if (outcome !== 'refused') broken.push(`file ${count.files} of seed ${wish.seed}: ${outcome}`);
      count.files += 1;
    }
    bystander.beside('sound');
    for (let turn = 0; turn < soundTurn; turn += 1) await target.take(pick());
  }
}

async function throwTalks({
  target,
  bystander,
  numbers,
  talks,
  broken,
  isInTime,
  wish,
  count,
}: Fuzzing): Promise<void> {
  const pick = () => talks[below(numbers, talks.length)]!;
  while (count.associations < wish.associations && isInTime(1)) {
    bystander.beside('damaged');
    for (let turn = 0; turn < damagedTurn && count.associations < wish.associations && isInTime(1); turn += 1) {
      const isEnded = await hold(mutateTalk(pick(), numbers), target);
      if (!isEnded) broken.push(`association ${count.associations} of seed ${wish.seed} was never ended`);
      count.associations += 1;
    }
    bystander.beside('sound');
    for (let turn = 0; turn < soundTurn; turn += 1) await hold(pick(), target);
  }
}

function told({ took }: Bystander): Pick<FuzzOutcome, 'bystander'> {
  const of = (traffic: Traffic): Took => {
    const sorted = [...took[traffic]].sort((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
    return { objects: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
  };
  return { bystander: Object.fromEntries(traffics.map((each) => [each, of(each)])) as Record<Traffic, Took> };
}
