import { AgentError } from '#domain/errors';
import type { Normalisation } from '#models/normalise';
import type { Session } from '#models/runtime';
import { scaleOverClip, type Heat } from './heat.ts';
import { alongBothAxes } from './line-map.ts';
import { smoothing, smoothingOf } from './smooth.ts';

/** Where a path begins: at the mean of the training pictures, zero once normalised, or at black. */
export const baselines = ['grey', 'black'] as const;
export type Baseline = (typeof baselines)[number];

/** How a path's beginning is told. */
export interface Beginning {
  readonly name: Baseline;
  /** Per channel, normalised. */
  readonly colour: readonly [number, number, number];
}

/** The beginning of a path for a network that takes pictures of this mean and deviation. */
export function beginningOf(name: Baseline, { mean, std }: Pick<Normalisation, 'mean' | 'std'>): Beginning {
  const black = (channel: 0 | 1 | 2): number => -mean[channel] / std[channel];
  return { name, colour: name === 'grey' ? [0, 0, 0] : [black(0), black(1), black(2)] };
}

const descriptions: Readonly<Record<Baseline, string>> = {
  grey: 'zero in normalised space, the mean grey',
  black: 'black',
};

/** How a baseline stands among the parameters of an explanation. */
export function describeBaseline({ name }: Beginning): string {
  return descriptions[name];
}

interface Path {
  /** One normalised frame, [3, size, size]. */
  readonly pixels: Float32Array;
  readonly size: number;
  /** The sentence's embedding, of unit length. */
  readonly target: Float32Array;
  readonly steps: number;
  readonly beginning: Beginning;
  /** How many points of the path are computed at once. */
  readonly batch: number;
}

/** What each input value adds to the cosine similarity. */
export interface Attribution {
  readonly values: Float32Array;
  /** Cosine at the baseline and at the frame: the values add up to their difference, but for the error. */
  readonly cosines: readonly [baseline: number, frame: number];
  readonly completenessError: number;
}

/** Integrated gradients (Sundararajan et al. 2017) of the cosine similarity, along the straight line from a baseline, by the midpoint rule. */
export async function attribute(session: Session, path: Path): Promise<Attribution> {
  const { pixels, steps } = path;
  const alphas = [...Array.from({ length: steps }, (_, step) => (step + 0.5) / steps), 0, 1];
  const cosines: number[] = [];
  const gradient = new Float64Array(pixels.length);
  for (let first = 0; first < alphas.length; first += path.batch) {
    const points = await look(session, path, alphas.slice(first, first + path.batch));
    cosines.push(...points.cosines);
    // The two ends are looked at for their cosines only.
    const counted = Math.min(points.cosines.length, steps - first);
    for (let point = 0; point < counted; point++)
      for (let at = 0, shift = point * pixels.length; at < pixels.length; at++)
        gradient[at]! += points.gradients[shift + at]! / steps;
  }
  const values = new Float32Array(pixels.length);
  eachChannel(path, ({ from, to, start }) => {
    for (let at = from; at < to; at++) values[at] = (pixels[at]! - start) * gradient[at]!;
  });
  const [baseline, frame] = [cosines[steps]!, cosines[steps + 1]!];
  let total = 0;
  for (const value of values) total += value;
  return { values, cosines: [baseline, frame], completenessError: Math.abs(total - (frame - baseline)) };
}

/** The gradient of the cosine similarity at a frame. */
export async function gradientAt(
  session: Session,
  frame: Pick<Path, 'pixels' | 'size' | 'target'>,
): Promise<{ readonly values: Float32Array; readonly cosine: number }> {
  const { gradients, cosines } = await look(session, { ...frame, beginning: { name: 'grey', colour: [0, 0, 0] } }, [1]);
  return { values: gradients, cosine: cosines[0]! };
}

/** Where each channel of [3, size, size] lies, and the value that the path begins with there. */
function eachChannel(
  { size, beginning: { colour } }: Pick<Path, 'size' | 'beginning'>,
  act: (channel: { readonly from: number; readonly to: number; readonly start: number }) => void,
): void {
  const area = size * size;
  for (const [channel, start] of colour.entries()) act({ from: channel * area, to: (channel + 1) * area, start });
}

async function look(
  session: Session,
  path: Pick<Path, 'pixels' | 'size' | 'target' | 'beginning'>,
  alphas: readonly number[],
) {
  const { pixels, size, target } = path;
  const data = new Float32Array(alphas.length * pixels.length);
  for (const [point, alpha] of alphas.entries())
    eachChannel(path, ({ from, to, start }) => {
      const shift = point * pixels.length;
      for (let at = from; at < to; at++) data[shift + at] = start + (pixels[at]! - start) * alpha;
    });
  const { gradient, cosine } = await session.run({
    pixels: { data, dims: [alphas.length, 3, size, size] },
    target: { data: target, dims: [target.length] },
  });
  const [gradients, cosines] = [gradient?.data, cosine?.data];
  const isWhole = gradients instanceof Float32Array && cosines instanceof Float32Array;
  if (!isWhole || gradients.length !== data.length || cosines.length !== alphas.length) {
    throw new AgentError('MODEL_UNFIT', 'Its saliency graph does not give one gradient and one cosine a frame.');
  }
  return { gradients, cosines };
}

interface Question {
  /** Normalised frames, [frames, 3, size, size]. */
  readonly frames: Float32Array;
  readonly size: number;
  readonly target: Float32Array;
  /** Rows of the frames that are computed; those between are interpolated. Ascending. */
  readonly keyFrames: readonly number[];
  readonly steps: number;
  readonly beginning: Beginning;
  readonly batch: number;
}

/** The paper's PromptCAM: integrated gradients on key frames, what speaks for the sentence summed over colours. */
export async function integratedGradients(session: Session, question: Question): Promise<Heat> {
  const { frames, size, keyFrames, steps } = question;
  const length = 3 * size * size;
  const maps: Float32Array[] = [];
  const smoothed = smoothing(size);
  let worst = 0;
  for (const frame of keyFrames) {
    const pixels = frames.slice(frame * length, (frame + 1) * length);
    const { values, completenessError } = await attribute(session, { ...question, pixels });
    worst = Math.max(worst, completenessError);
    maps.push(alongBothAxes(overColours(values, size), smoothed));
  }
  return {
    maps: scaleOverClip(between(steadied(maps), keyFrames, frames.length / length)),
    parameters: {
      steps: `${steps}`,
      rule: 'midpoint',
      baseline: describeBaseline(question.beginning),
      'completeness error': worst.toExponential(2),
      'frames computed': `${keyFrames.length} of ${frames.length / length}, the others interpolated`,
      'smoothing sigma': `${smoothingOf(size)} pixels`,
      ...(keyFrames.length > 1 && { 'share of the mean of the clip': `${shareOfMean}` }),
      normalisation: 'largest value of the clip is 1, negative values 0',
    },
  };
}

// The gradient of one frame is noisy, and what a sentence names stays through the beat. On phantoms that training never saw
// the brightest point lay in a pericardial effusion in 17 of 24 hearts without the mean, in 19 with it; other structures
// were found as before.
const shareOfMean = 0.75;

/** Each map with the mean of all: what is there in every frame stands out from what is there in one. */
function steadied(maps: readonly Float32Array[]): readonly Float32Array[] {
  const mean = new Float32Array(maps[0]?.length ?? 0);
  for (const map of maps) for (const [at, value] of map.entries()) mean[at]! += value / maps.length;
  return maps.map((map) => map.map((value, at) => (1 - shareOfMean) * value + shareOfMean * mean[at]!));
}

/** Key frames spread evenly over a clip, first and last among them, and one that must be. */
export function spreadKeyFrames(frames: number, count: number, included: number): readonly number[] {
  const gaps = Math.max(1, Math.min(count, frames) - 1);
  const even = Array.from({ length: gaps + 1 }, (_, gap) => Math.round((gap * (frames - 1)) / gaps));
  return [...new Set([...even, included])].sort((a, b) => a - b);
}

function overColours(values: Float32Array, size: number): Float32Array {
  const area = size * size;
  return Float32Array.from({ length: area }, (_, at) => values[at]! + values[at + area]! + values[at + 2 * area]!);
}

/** A map for every frame: those of the key frames, and between two of them their mixture. */
function between(maps: readonly Float32Array[], keyFrames: readonly number[], frames: number): Float32Array[] {
  return Array.from({ length: frames }, (_, frame) => {
    const next = keyFrames.findIndex((key) => key >= frame);
    const [before, after] = [maps[Math.max(0, next - 1)]!, maps[next < 0 ? maps.length - 1 : next]!];
    const [from, to] = [keyFrames[Math.max(0, next - 1)]!, keyFrames[next < 0 ? keyFrames.length - 1 : next]!];
    const share = to > from ? (frame - from) / (to - from) : 0;
    return before.map((value, at) => value * (1 - share) + after[at]! * share);
  });
}
