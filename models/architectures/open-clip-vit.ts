import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import { GraphBuilder, type FloatType, type Graph, type Value } from '#models/onnx/graph';
import { layerNorm, reshape, type Site } from './layers.ts';
import { saliencyGraph, throughTrunk, type Tower } from './saliency.ts';
import { transformer, transformerEpsilon, type Activation } from './transformer.ts';
import type { Weights } from './weights.ts';

export interface VitSettings {
  /** Side of the square pictures, in pixels. */
  readonly size: number;
  readonly headWidth: number;
  readonly activation: Activation;
  readonly type: FloatType;
}

/** Width of the embedding. */
export function vitEmbedWidth(weights: Weights): number {
  return weights.size('visual.proj', 1);
}

/** CLIP's vision transformer: `pixels` [n, 3, size, size], normalised, to `embedding` [n, d], not of unit length, and the patches' last rows as `features` [n, c, h, w]. */
export function vitEncoder(weights: Weights, settings: VitSettings): Graph {
  const { size, type } = settings;
  const builder = new GraphBuilder('image-encoder', type);
  const pixels = builder.input('pixels', 'float32', ['n', 3, size, size]);
  const { embedding, features } = tower({ builder, weights }, pixels, settings);
  const { width, side } = shapeOf(weights, settings);
  builder.output('embedding', embedding, { shape: ['n', vitEmbedWidth(weights)] });
  builder.output('features', features, { shape: ['n', width, side, side] });
  return builder.build();
}

/** The gradient of the cosine similarity between picture and sentence, with respect to the pixels. */
export function vitSaliency(weights: Weights, settings: VitSettings): Graph {
  return saliencyGraph({ ...settings, embedWidth: vitEmbedWidth(weights) }, (builder, pixels) =>
    tower({ builder, weights }, pixels, settings),
  );
}

interface VitShape {
  readonly width: number;
  readonly heads: number;
  readonly patch: number;
  /** Patches along a side of the picture. */
  readonly side: number;
  /** Rows of a picture: the class row, then its patches. */
  readonly length: number;
}

function shapeOf(weights: Weights, { size, headWidth }: VitSettings): VitShape {
  const [width, patch] = [weights.size('visual.conv1.weight', 0), weights.size('visual.conv1.weight', 2)];
  const [side, heads] = [size / patch, width / headWidth];
  if (!Number.isInteger(side))
    throw new CheckpointError(
      `The configuration asks for pictures of ${size} pixels, which patches of ${patch} do not fill.`,
    );
  if (!Number.isInteger(heads))
    throw new CheckpointError(`The configuration names heads of ${headWidth}, which do not divide the width ${width}.`);
  return { width, heads, patch, side, length: side ** 2 + 1 };
}

function tower(site: Site, pixels: Value, settings: VitSettings): Tower & { readonly features: Value } {
  const { builder, weights } = site;
  const shape = shapeOf(weights, settings);
  const { width, heads, side, length } = shape;
  const { activation } = settings;
  const patches = patchRows(site, builder.enter(pixels), shape);
  const before = layerNorm(site, patches.value, { name: 'visual.ln_pre', width, epsilon: transformerEpsilon });
  const layers = weights.count('visual.transformer.resblocks.');
  const prefix = 'visual.transformer.';
  const blocks = transformer(site, before.value, { prefix, layers, width, heads, length, activation });
  const rows = builder.leave(reshape(builder, blocks.value, [-1, length, width]));
  const head = classHead(site, rows, { width, side });
  return {
    embedding: head.value,
    features: reshape(builder, builder.node('Transpose', [pick(builder, rows, [1, length])], { perm: [0, 2, 1] }), [
      -1,
      width,
      side,
      side,
    ]),
    backward: (gradient) =>
      throughTrunk(builder, head.backward(gradient), (gradient) => {
        const inRows = reshape(builder, gradient, [-1, width]);
        return patches.backward(before.backward(blocks.backward(inRows)));
      }),
  };
}

/** Patches as rows, [n * length, width]: before those of each picture the class row, on all of them their places. */
function patchRows(site: Site, pixels: Value, { width, patch, side, length }: VitShape) {
  const { builder, weights } = site;
  const kernel = weights.value(builder, 'visual.conv1.weight', [width, 3, patch, patch]);
  const stride = { kernel_shape: [patch, patch], strides: [patch, patch] };
  const planes = builder.node('Conv', [pixels, kernel], stride);
  const patches = builder.node('Transpose', [reshape(builder, planes, [-1, width, side ** 2])], { perm: [0, 2, 1] });
  // A row of zeros goes before the patches: the class row stands in the table of places.
  const room = builder.node('Pad', [patches, builder.integers([0, 1, 0, 0, 0, 0])]);
  const placed = builder.node('Add', [room, places(site, width, length)]);
  return {
    value: reshape(builder, placed, [-1, width]),
    backward(gradient: Value): Value {
      const rows = pick(builder, reshape(builder, gradient, [-1, length, width]), [1, length]);
      const planes = reshape(builder, builder.node('Transpose', [rows], { perm: [0, 2, 1] }), [-1, width, side, side]);
      return builder.node('ConvTranspose', [planes, kernel], stride);
    },
  };
}

/** What is added to the rows of a picture, [length, width]: to each its place, to the first the class row too. */
function places({ builder, weights }: Site, width: number, length: number): Value {
  const positions = weights.tensor('visual.positional_embedding', [length, width]);
  const first = weights.tensor('visual.class_embedding', [width]);
  const load = async (): Promise<Float32Array> => {
    const [table, row] = [await positions.read(), await first.read()];
    return Float32Array.from(table, (value, at) => (at < width ? value + row[at]! : value));
  };
  return builder.initialiser({ name: 'visual.places', type: builder.type, shape: [length, width], load });
}

/** The class row's embedding: layer norm and projection, in float32 whatever the trunk is in. */
function classHead(site: Site, rows: Value, { width, side }: { width: number; side: number }) {
  const { builder, weights } = site;
  const first = reshape(builder, pick(builder, rows, [0, 1]), [-1, width]);
  const normed = layerNorm(site, first, {
    name: 'visual.ln_post',
    width,
    epsilon: transformerEpsilon,
    type: 'float32',
  });
  const projection = weights.value(builder, 'visual.proj', [width, vitEmbedWidth(weights)], 'float32');
  return {
    value: builder.node('MatMul', [normed.value, projection]),
    backward(gradient: Value): Value {
      const reached = normed.backward(builder.node('Gemm', [gradient, projection], { transB: 1 }));
      const row = reshape(builder, reached, [-1, 1, width]);
      return builder.node('Pad', [row, builder.integers([0, 0, 0, 0, side ** 2, 0])]);
    },
  };
}

/** The rows `from` to before `to` of each picture. */
function pick(builder: GraphBuilder, rows: Value, [from, to]: readonly [number, number]): Value {
  return builder.node('Slice', [rows, builder.integers([from]), builder.integers([to]), builder.integers([1])]);
}
