import { AgentError } from '#domain/errors';
import type { RuntimeTensor, Session } from '#models/runtime';
import { enlargement } from './enlarge.ts';
import { scaleOverClip, type Heat } from './heat.ts';
import { alongBothAxes, chained } from './line-map.ts';
import { smoothing, smoothingOf } from './smooth.ts';

interface Question {
  /** What the last stage of the image encoder gave, [frames, channels, height, width]. */
  readonly features: RuntimeTensor;
  /** The sentence's embedding, of unit length. */
  readonly target: Float32Array;
  /** Side of the maps, in pixels. */
  readonly size: number;
}

/** One map a picture, as small as the last stage and not negative: the class activation of the authors' published code. */
export async function activation(
  session: Session,
  { features, target }: Omit<Question, 'size'>,
): Promise<{ readonly data: Float32Array; readonly dims: readonly [frames: number, height: number, width: number] }> {
  const { cam } = await session.run({ features, target: { data: target, dims: [target.length] } });
  const [frames, height, width] = cam?.dims ?? [];
  if (!(cam?.data instanceof Float32Array) || frames !== features.dims[0] || height !== width || width === undefined) {
    throw new AgentError('MODEL_UNFIT', 'Its Grad-CAM graph does not give one square map a frame.');
  }
  return { data: cam.data, dims: [frames ?? 0, width, width] };
}

/** Grad-CAM (Selvaraju et al. 2017) of the image embedding's product with the sentence, on the last stage, as it is shown. */
export async function gradCam(session: Session, { features, target, size }: Question): Promise<Heat> {
  const { data, dims } = await activation(session, { features, target });
  const [frames, width] = dims;
  const shown = chained(enlargement(width, size), smoothing(size));
  const maps = Array.from({ length: frames }, (_, frame) =>
    alongBothAxes(data.subarray(frame * width * width, (frame + 1) * width * width), shown),
  );
  return {
    maps: scaleOverClip(maps),
    parameters: {
      layer: 'last stage of the image encoder',
      enlargement: 'bicubic',
      'smoothing sigma': `${smoothingOf(size)} pixels`,
      normalisation: 'largest value of the clip is 1, negative values 0',
    },
  };
}
