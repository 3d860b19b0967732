import { AgentError } from '#domain/errors';
import type { Session } from '#models/runtime';
import { compare, unitRows } from '#models/zero-shot/similarities';
import { embedPictures } from './embed.ts';
import { activation, gradCam } from '#models/prompt-cam/grad-cam';
import {
  attribute,
  describeBaseline,
  gradientAt,
  integratedGradients,
  type Beginning,
} from '#models/prompt-cam/integrated-gradients';

/** Ways of saying which pixels speak for a sentence: the two of PromptCAM, and the bare gradient of the cosine. */
export const saliencyMethods = ['grad-cam', 'integrated-gradients', 'gradient'] as const;
export type SaliencyMethod = (typeof saliencyMethods)[number];

interface Question {
  /** One normalised picture, [3, size, size]. */
  readonly pixels: Float32Array;
  readonly size: number;
  /** The sentence's embedding, of unit length. */
  readonly target: Float32Array;
  readonly method: SaliencyMethod;
  /** Of integrated gradients. */
  readonly steps: number;
  readonly beginning: Beginning;
  /** How many points of the path are computed at once. */
  readonly batch: number;
  /** As overlays show it, 0 to 1, instead of the bare numbers. */
  readonly asMap: boolean;
}

export interface PictureSaliency {
  readonly values: Float32Array;
  readonly shape: readonly number[];
  /** Cosine of the picture with the sentence. */
  readonly similarity: number;
  /** What one needs to make it again. */
  readonly parameters: Readonly<Record<string, string | number>>;
}

interface Sessions {
  readonly image: Session;
  /** The Grad-CAM graph for that method, the saliency graph for the others. */
  readonly saliency: Session;
}

/** What the pixels of one picture say for a sentence. */
export function explainPicture(sessions: Sessions, question: Question): Promise<PictureSaliency> {
  switch (question.method) {
    case 'grad-cam':
      return byGradCam(sessions, question);
    case 'integrated-gradients':
      return byIntegratedGradients(sessions, question);
    case 'gradient':
      return byGradient(sessions, question);
  }
}

async function byGradCam({ image, saliency }: Sessions, question: Question): Promise<PictureSaliency> {
  const { pixels, size, target, asMap } = question;
  const width = target.length;
  const { embeddings, features } = await embedPictures(image, pixels, { size, batch: 1, width });
  const similarity = compare(unitRows(embeddings.data as Float32Array, width), target, width).values[0]!;
  if (asMap) {
    const { maps: values, parameters } = await gradCam(saliency, { features, target, size });
    return { values, shape: [size, size], similarity, parameters };
  }
  const { data: values, dims } = await activation(saliency, { features, target });
  return { values, shape: dims.slice(1), similarity, parameters: {} };
}

async function byIntegratedGradients({ saliency }: Sessions, question: Question): Promise<PictureSaliency> {
  const { pixels, size, target, steps, beginning, batch, asMap } = question;
  if (asMap) {
    const { cosine: similarity } = await gradientAt(saliency, question);
    const path = { frames: pixels, size, target, keyFrames: [0], steps, beginning, batch };
    const { maps: values, parameters } = await integratedGradients(saliency, path);
    return { values, shape: [size, size], similarity, parameters };
  }
  const { values, cosines, completenessError } = await attribute(saliency, question);
  const parameters = { steps, rule: 'midpoint', baseline: describeBaseline(beginning), completenessError };
  return { values, shape: [3, size, size], similarity: cosines[1], parameters };
}

async function byGradient({ saliency }: Sessions, question: Question): Promise<PictureSaliency> {
  if (question.asMap) throw new AgentError('REQUEST_INVALID', 'The bare gradient is not shown as a map.');
  const { values, cosine: similarity } = await gradientAt(saliency, question);
  return { values, shape: [3, question.size, question.size], similarity, parameters: {} };
}
