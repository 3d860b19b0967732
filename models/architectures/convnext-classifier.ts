import { GraphBuilder, type FloatType, type Graph } from '#models/onnx/graph';
import { convNextEpsilon, convNextStages, convNextTrunk } from './convnext.ts';
import { forwardForm } from './convnext-mlp.ts';
import { torchvisionNames } from './convnext-names.ts';
import { layerNorm, linear } from './layers.ts';
import type { Weights } from './weights.ts';

/** How many classes torchvision's classifier tells apart. */
export function classCount(weights: Weights): number {
  return weights.size('classifier.2.weight', 0);
}

/** torchvision's ConvNeXt classifier: `pixels` [n, 3, size, size], normalised, to `logits` [n, classes]. */
export function convNextClassifier(
  weights: Weights,
  { size, type }: { readonly size: number; readonly type: FloatType },
): Graph {
  const builder = new GraphBuilder('classifier', type);
  const pixels = builder.input('pixels', 'float32', ['n', 3, size, size]);
  const outline = { names: torchvisionNames, size, matrices: forwardForm(type) };
  const { width } = convNextStages(weights, outline).at(-1)!;
  const trunk = convNextTrunk({ builder, weights }, builder.enter(pixels), outline);
  const mean = builder.node('ReduceMean', [builder.leave(trunk.value)], { axes: [2, 3], keepdims: 0 });
  const normed = layerNorm({ builder, weights }, mean, {
    name: 'classifier.0',
    width,
    epsilon: convNextEpsilon,
    type: 'float32',
  });
  const classes = classCount(weights);
  const logits = linear(builder, normed.value, {
    weight: weights.value(builder, 'classifier.2.weight', [classes, width], 'float32'),
    bias: weights.value(builder, 'classifier.2.bias', [classes], 'float32'),
  });
  builder.output('logits', logits.value, { shape: ['n', classes] });
  return builder.build();
}
