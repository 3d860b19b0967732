import type { PreparedClip } from '#domain/clip';
import type { Explanation } from '#domain/explanation';
import type { ImportedModel } from '#models/imported-model';
import { gradCam } from '#models/prompt-cam/grad-cam';
import {
  beginningOf,
  integratedGradients,
  spreadKeyFrames,
  type Baseline,
} from '#models/prompt-cam/integrated-gradients';
import type { Session } from '#models/runtime';
import { normalise } from '#models/normalise';
import type { EmbeddedFrames, FrameEmbedding } from './embed.ts';

interface Question {
  readonly clip: PreparedClip;
  readonly frames: EmbeddedFrames;
  /** The sentence's embedding, of unit length. */
  readonly target: Float32Array;
  /** The frame of the source that is most like it. */
  readonly keyFrame: number;
}

type Explained = Pick<Explanation, 'method' | 'parameters' | 'maps'>;

/** How integrated gradients are computed. */
export interface PathSettings {
  /** Points of the path. */
  readonly steps: number;
  /** Frames of a clip that are computed, first and last among them; those between are interpolated. */
  readonly keyFrames: number;
  readonly baseline: Baseline;
}

/** Makes PromptCAMs; a method's graph, the largest of a model, is loaded with its first. */
export function createExplainer(
  model: ImportedModel,
  { embedding, path }: { readonly embedding: FrameEmbedding; readonly path: PathSettings },
): (question: Question, method: Explanation['method']) => Promise<Explained> {
  const beginning = beginningOf(path.baseline, model.manifest);
  const opened = new Map<Explanation['method'], Promise<Session>>();
  const sessionOf = (method: Explanation['method']): Promise<Session> => {
    const session = opened.get(method) ?? model.open(method === 'grad-cam' ? 'grad-cam' : 'saliency');
    opened.set(method, session);
    session.catch(() => opened.delete(method)); // the next call tries again
    return session;
  };
  return async ({ clip, frames, target, keyFrame }, method) => {
    const { size, frameIndices } = clip;
    if (method === 'grad-cam') {
      return { method, ...(await gradCam(await sessionOf(method), { features: frames.features, target, size })) };
    }
    const likest = Math.max(0, frameIndices.indexOf(keyFrame));
    const keyFrames = spreadKeyFrames(frameIndices.length, path.keyFrames, likest);
    const heat = await integratedGradients(await sessionOf(method), {
      frames: normalise(clip.pixels, embedding),
      size,
      target,
      keyFrames,
      steps: path.steps,
      beginning,
      batch: embedding.batch,
    });
    return { method, ...heat };
  };
}
