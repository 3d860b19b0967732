import { GraphBuilder, type FloatType, type Graph, type Value } from '#models/onnx/graph';
import { convNextEpsilon, convNextStages, convNextTrunk } from './convnext.ts';
import { forwardForm, type MatrixForm } from './convnext-mlp.ts';
import { timmNames } from './convnext-names.ts';
import { layerNorm, linear, type Site } from './layers.ts';
import { saliencyGraph, targetRow, throughTrunk, type Tower } from './saliency.ts';
import type { Weights } from './weights.ts';

const trunk = timmNames('visual.trunk.');
const norm = 'visual.trunk.head.norm';
const projection = 'visual.head.proj.weight';

export interface ImageSettings {
  /** Side of the square pictures, in pixels. */
  readonly size: number;
  readonly type: FloatType;
}

/** Width of the embedding. */
export function embedWidth(weights: Weights): number {
  return weights.size(projection, 0);
}

/** open_clip's image encoder with a timm ConvNeXt: `pixels` [n, 3, size, size], normalised, to `embedding` [n, d], not of unit length, and the last stage's `features` [n, c, h, w]. */
export function imageEncoder(weights: Weights, settings: ImageSettings): Graph {
  const builder = new GraphBuilder('image-encoder', settings.type);
  const pixels = builder.input('pixels', 'float32', ['n', 3, settings.size, settings.size]);
  const matrices = forwardForm(settings.type);
  const { embedding, features } = imageTower({ builder, weights }, pixels, { size: settings.size, matrices });
  const { width, side } = lastStage(weights, settings.size);
  builder.output('embedding', embedding, { shape: ['n', embedWidth(weights)] });
  builder.output('features', features, { shape: ['n', width, side, side] });
  return builder.build();
}

/** Grad-CAM as published, in closed form: `features` and a unit `target` [d] to `cam` [n, h, w], not below zero. */
export function gradCam(weights: Weights, size: number): Graph {
  const { width, side } = lastStage(weights, size);
  const builder = new GraphBuilder('grad-cam', 'float32');
  const features = builder.input('features', 'float32', ['n', width, side, side]);
  const target = targetRow(builder, embedWidth(weights));
  const { backward } = imageHead({ builder, weights }, features, width);
  // The published code differentiates the embedding's product with the target, not their cosine.
  const alpha = builder.node('Mul', [backward(target), builder.scalar(1 / side ** 2)]);
  const row = builder.node('Unsqueeze', [alpha, builder.integers([1])]);
  const planes = builder.node('Reshape', [features, builder.integers([0, width, side ** 2])]);
  const cam = builder.node('Relu', [builder.node('MatMul', [row, planes])]);
  const shaped = builder.node('Reshape', [cam, builder.integers([-1, side, side])]);
  builder.output('cam', shaped, { shape: ['n', side, side] });
  return builder.build();
}

/** The gradient of the cosine similarity between picture and sentence, with respect to the pixels. */
export function saliency(weights: Weights, settings: ImageSettings): Graph {
  return saliencyGraph({ ...settings, embedWidth: embedWidth(weights) }, (builder, pixels) =>
    imageTower({ builder, weights }, pixels, { size: settings.size, matrices: 'products' }),
  );
}

function lastStage(weights: Weights, size: number): { readonly width: number; readonly side: number } {
  return convNextStages(weights, { names: trunk, size }).at(-1)!;
}

interface ImageTower extends Tower {
  readonly features: Value;
}

interface TowerForm {
  readonly size: number;
  readonly matrices: MatrixForm;
}

function imageTower(site: Site, pixels: Value, { size, matrices }: TowerForm): ImageTower {
  const { builder } = site;
  const stages = convNextTrunk(site, builder.enter(pixels), { names: trunk, size, matrices });
  const features = builder.leave(stages.value);
  const { width, side } = lastStage(site.weights, size);
  const head = imageHead(site, features, width);
  const backward = (gradient: Value): Value => {
    const mean = builder.node('Mul', [head.backward(gradient), builder.scalar(1 / side ** 2, 'float32')]);
    const point = builder.node('Reshape', [mean, builder.integers([-1, width, 1, 1])]);
    const spread = builder.node('Expand', [point, builder.integers([1, 1, side, side])]);
    return throughTrunk(builder, spread, (gradient) => stages.backward(gradient));
  };
  return { embedding: head.value, features, backward };
}

/** Mean over the plane, layer norm, projection without bias; in float32 whatever the trunk is in. Backward ends at the mean. */
function imageHead(
  { builder, weights }: Site,
  features: Value,
  width: number,
): { value: Value; backward(gradient: Value): Value } {
  const mean = builder.node('ReduceMean', [features], { axes: [2, 3], keepdims: 0 });
  const normed = layerNorm({ builder, weights }, mean, {
    name: norm,
    width,
    epsilon: convNextEpsilon,
    type: 'float32',
  });
  const weight = weights.value(builder, projection, [embedWidth(weights), width], 'float32');
  const projected = linear(builder, normed.value, { weight });
  return { value: projected.value, backward: (gradient) => normed.backward(projected.backward(gradient)) };
}
