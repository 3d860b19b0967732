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

/** Makes PromptCAMs by one method; its graph, the largest of a model, is loaded with the first. */
export function createExplainer(
  model: ImportedModel,
  method: Explanation['method'],
  batch: number,
): (question: Question) => Promise<Explained> {
  let opened: Promise<Session> | undefined;
  const session = (): Promise<Session> => {
    opened ??= model.open(method === 'grad-cam' ? 'grad-cam' : 'saliency').catch((thrown: unknown) => {
      opened = undefined; // the next call tries again
      throw thrown;
    });
    return opened;
  };
  return async ({ clip, frames, target, keyFrame }) => {
    const { size, frameIndices } = clip;
    if (method === 'grad-cam') {
      return { method, ...(await gradCam(await session(), { features: frames.features, target, size })) };
    }
    const likest = Math.max(0, frameIndices.indexOf(keyFrame));
    const keyFrames = spreadKeyFrames(frameIndices.length, keyFrameCount, likest);
    const heat = await integratedGradients(await session(), {
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
