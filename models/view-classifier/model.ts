import { AgentError } from '#domain/errors';
import type { View, ViewReading } from '#domain/view';
import { openImportedModel, type Precision } from '#models/imported-model';
import { normalise } from '#models/normalise';
import type { Runtime } from '#models/runtime';
import type { ViewClassifier } from '#src/ports';
import { classesInOrder, viewOfClass } from './classes.ts';

interface Opening {
  /** Of an imported model. */
  readonly folder: string;
  readonly runtime: Pick<Runtime, 'open' | 'provider'>;
  /** Softmax score below which a view counts as unsure: the network has no class for "something else". */
  readonly scoreMin: number;
  readonly precision?: Precision;
}

/** EchoPrime's view classifier (Vukadinovic et al. 2024): names the view of a clip by its first frame. Throws MODEL_UNFIT. */
export async function openViewClassifier({ folder, runtime, scoreMin, precision }: Opening): Promise<ViewClassifier> {
  const model = await openImportedModel(folder, 'image-classifier', { runtime, precision });
  const { id, name, manufacturer, version, digest, phantomOnly, imageSize: size, mean, std, classes } = model.manifest;
  const views = (classes ?? classesInOrder).map(viewOfClass);
  const session = await model.open('classifier');
  return {
    identity: { id, name, manufacturer, version, digest, phantomOnly, provider: runtime.provider },
    size,
    async classify(clip) {
      if (clip.size !== size) {
        throw new AgentError('MODEL_UNFIT', `It takes pictures of ${size} pixels a side, and was given ${clip.size}.`);
      }
      const first = clip.pixels.subarray(0, 3 * size * size);
      const data = normalise(first, { size, mean, std, order: 'bgr' });
      const { logits } = await session.run({ pixels: { data, dims: [1, 3, size, size] } });
      if (!(logits?.data instanceof Float32Array) || logits.data.length !== views.length) {
        throw new AgentError('MODEL_UNFIT', `It does not give one score for each of ${views.length} views.`);
      }
      return read(softmax(logits.data), views, scoreMin);
    },
  };
}

function read(scores: readonly number[], views: readonly View[], scoreMin: number): ViewReading {
  const score = Math.max(...scores);
  const view = views[scores.indexOf(score)];
  if (view === undefined) throw new AgentError('MODEL_UNFIT', 'It gives scores that are not numbers.');
  return score >= scoreMin ? { kind: 'recognised', view, score } : { kind: 'unsure', nearest: view, score };
}

function softmax(logits: Float32Array): readonly number[] {
  const largest = logits.reduce((largest, logit) => Math.max(largest, logit), -Infinity);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
