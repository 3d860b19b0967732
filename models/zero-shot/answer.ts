import type { Code } from '#domain/code';
import type {
  Finding,
  FindingDefinition,
  FindingEvidence,
  GradeDefinition,
  MeasurementDefinition,
  PresenceDefinition,
} from '#domain/finding';
import type { Uid } from '#domain/uid';
import type { FindingCalibration } from '#models/calibration';
import { estimateNumber } from './estimate-number.ts';
import { percentileOf } from './percentile.ts';
import { promptsOf, type Prompt } from './prompts.ts';
import { likestFrame, meanOverFrames, type Similarities } from './similarities.ts';

/** A clip's frames compared with the prompts of one finding. */
export interface ComparedClip {
  readonly sopInstance: Uid;
  readonly frameIndices: readonly number[];
  readonly similarities: Similarities;
}

// CID 240.
const present: Code = { value: '52101004', scheme: 'SCT', meaning: 'Present' };
const absent: Code = { value: '272519000', scheme: 'SCT', meaning: 'Absent' };

/** The answer of clips to a question, each clip counting alike. Only a calibration turns a similarity into a yes, a no or a grade. */
export function answer(
  definition: FindingDefinition,
  clips: readonly ComparedClip[],
  calibration: FindingCalibration | undefined,
): Finding {
  const seen = look(definition, clips);
  switch (definition.kind) {
    case 'measurement':
      return measure(definition, seen, calibration?.kind === 'measurement' ? calibration : undefined);
    case 'presence':
      return decide(definition, seen, calibration?.kind === 'presence' ? calibration : undefined);
    case 'grade':
      return grade(definition, seen, calibration?.kind === 'grade' ? calibration : undefined);
  }
}

interface Seen {
  readonly clips: readonly ComparedClip[];
  readonly prompts: readonly Prompt[];
  /** Per prompt, the mean similarity over frames, then clips. */
  readonly means: readonly number[];
}

function look(definition: FindingDefinition, clips: readonly ComparedClip[]): Seen {
  const prompts = promptsOf(definition);
  const perClip = clips.map(({ similarities }) => meanOverFrames(similarities));
  return { clips, prompts, means: prompts.map((_, prompt) => mean(perClip.map((means) => means[prompt]!))) };
}

type CalibrationOf<Kind> = Extract<FindingCalibration, { kind: Kind }> | undefined;

function measure(definition: MeasurementDefinition, seen: Seen, calibration: CalibrationOf<'measurement'>): Finding {
  const stated = seen.prompts.map(({ states }) => states);
  const estimate = mean(seen.clips.map(({ similarities }) => estimateNumber(similarities, stated)));
  const spoken = Math.round(estimate);
  const prompt = bestPrompt(seen, (states) => states === spoken);
  const { scale, offset, interval } = calibration ?? { scale: 1, offset: 0 };
  const [lowest, highest] = definition.range;
  // A tenth is finer than any of these models knows; more digits would claim what nobody measured.
  const within = (value: number): number => Math.round(10 * Math.min(highest, Math.max(lowest, value))) / 10;
  const value = scale * estimate + offset;
  return {
    kind: 'measured',
    id: definition.id,
    value: within(value),
    ...(interval && {
      interval: { lower: within(value - interval.below), upper: within(value + interval.above), level: interval.level },
    }),
    similarity: seen.means[prompt]!,
    evidence: evidenceFor(prompt, seen),
  };
}

function decide({ id }: PresenceDefinition, seen: Seen, calibration: CalibrationOf<'presence'>): Finding {
  const similarity = mean(seen.means);
  const evidence = evidenceFor(
    bestPrompt(seen, () => true),
    seen,
  );
  const seenAs = { id, similarity, ...ranked(similarity, calibration?.percentiles), evidence };
  const threshold = calibration?.threshold;
  if (threshold === undefined) return { kind: 'similarity-only', ...seenAs };
  const notable = similarity >= threshold;
  return { kind: 'answered', ...seenAs, answer: notable ? present : absent, notable, threshold };
}

function grade({ id, grades }: GradeDefinition, seen: Seen, calibration: CalibrationOf<'grade'>): Finding {
  const scored = grades.map(({ id, answer }, place) => ({
    answer,
    threshold: calibration?.thresholds?.[id],
    percentiles: calibration?.percentiles?.[id],
    similarity: mean(seen.means.filter((_, prompt) => seen.prompts[prompt]!.states === place)),
    evidence: evidenceFor(
      bestPrompt(seen, (states) => states === place),
      seen,
    ),
  }));
  // The first grade is the healthy heart's: it remains where no other is reached, so each of them needs a threshold.
  const graded = scored
    .slice(1)
    .filter((one): one is typeof one & { threshold: number } => one.threshold !== undefined);
  const mildest = graded[0];
  if (!mildest || graded.length < scored.length - 1) {
    const likest = scored.reduce((best, one) => (one.similarity > best.similarity ? one : best));
    const { similarity, percentiles, evidence } = likest;
    return { kind: 'similarity-only', id, similarity, ...ranked(similarity, percentiles), evidence };
  }
  const reached = graded.findLast(({ similarity, threshold }) => similarity >= threshold);
  // A healthy heart is told by what was not reached: the mildest grade, its similarity and its threshold.
  const { similarity, threshold, percentiles, evidence } = reached ?? mildest;
  const seenAs = { id, similarity, ...ranked(similarity, percentiles), evidence };
  return {
    kind: 'answered',
    ...seenAs,
    answer: (reached ?? scored[0]!).answer,
    notable: reached !== undefined,
    threshold,
  };
}

/** Where a similarity stands among those of the calibration's cases. */
function ranked(similarity: number, percentiles: readonly number[] | undefined): { readonly percentile?: number } {
  return percentiles ? { percentile: percentileOf(similarity, percentiles) } : {};
}

function evidenceFor(prompt: number, { clips, prompts }: Seen): FindingEvidence {
  const likest = clips
    .map((clip) => ({ clip, ...likestFrame(clip.similarities, prompt) }))
    .reduce((best, one) => (one.similarity > best.similarity ? one : best));
  return {
    sopInstance: likest.clip.sopInstance,
    keyFrame: likest.clip.frameIndices[likest.frame]!,
    clips: clips.map(({ sopInstance }) => sopInstance),
    sentence: prompts[prompt]!.sentence,
  };
}

/** The most similar prompt among those whose statement is accepted. */
function bestPrompt({ prompts, means }: Seen, accepts: (states: number) => boolean): number {
  return prompts.reduce(
    (best, { states }, prompt) => (accepts(states) && (best < 0 || means[prompt]! > means[best]!) ? prompt : best),
    -1,
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
