import type { PreparedClip } from '#domain/clip';
import type { Explanation } from '#domain/explanation';
import type { ImportedModel } from '#models/imported-model';
import { gradCam } from '#models/prompt-cam/grad-cam';
import { integratedGradients, spreadKeyFrames } from '#models/prompt-cam/integrated-gradients';
import type { Session } from '#models/runtime';
import type { EmbeddedFrames } from './embed.ts';

interface Question {
  readonly clip: PreparedClip;
  readonly frames: EmbeddedFrames;
  /** The sentence's embedding, of unit length. */
  readonly target: Float32Array;
  /** The frame of the source that is most like it. */
  readonly keyFrame: number;
}

type Explained = Pick<Explanation, 'method' | 'parameters' | 'maps'>;

// Points of the path, as in the golden vectors; and frames computed, first and last among them.
const steps = 16;
const keyFrameCount = 5;

/** Makes PromptCAMs; a method's graph, the largest of a model, is loaded with its first. */
export function createExplainer(
  model: ImportedModel,
  batch: number,
): (question: Question, method: Explanation['method']) => Promise<Explained> {
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
    const keyFrames = spreadKeyFrames(frameIndices.length, keyFrameCount, likest);
    const heat = await integratedGradients(await sessionOf(method), {
      frames: frames.pixels,
      size,
      target,
      keyFrames,
      steps,
      batch,
    });
    return { method, ...heat };
  };
}
