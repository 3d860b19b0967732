import type { GraphBuilder, Value } from '#models/onnx/graph';
import { gelu, layerNorm, linear, quickGelu, reshape, type Layer, type Site } from './layers.ts';

/** PyTorch's own default, which CLIP's towers of transformers keep. */
export const transformerEpsilon = 1e-5;

/** A tower of transformer blocks, as its tensors and its configuration tell it. */
export interface TransformerShape {
  /** Before the names of its tensors. */
  readonly prefix: string;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** How many rows belong together. */
  readonly length: number;
  readonly activation: Activation;
  /** Added to the products of queries and keys, [length, length]. */
  readonly mask?: Value;
}

/** Of the feed-forward parts; OpenAI's own weights have the quick one. */
export type Activation = 'gelu' | 'quick-gelu';

/** Rows, [n * length, width], through all blocks. */
export function transformer(site: Site, rows: Value, shape: TransformerShape): Layer {
  const blocks: Layer[] = [];
  let value = rows;
  for (let layer = 0; layer < shape.layers; layer++) {
    const prefix = `${shape.prefix}resblocks.${layer}.`;
    for (const part of [attention, feedForward]) {
      const block = around(site.builder, value, part(site, value, { ...shape, prefix }));
      blocks.push(block);
      ({ value } = block);
    }
  }
  return { value, backward: (gradient) => blocks.reduceRight((gradient, block) => block.backward(gradient), gradient) };
}

/** A part and the way around it. */
function around(builder: GraphBuilder, rows: Value, part: Layer): Layer {
  return {
    value: builder.node('Add', [rows, part.value]),
    backward: (gradient) => builder.node('Add', [gradient, part.backward(gradient)]),
  };
}

/** Attention; queries, keys and values come from one matrix, in this order. */
function attention(site: Site, rows: Value, shape: TransformerShape): Layer {
  const { builder, weights } = site;
  const { prefix, width } = shape;
  const normed = layerNorm(site, rows, { name: `${prefix}ln_1`, width, epsilon: transformerEpsilon });
  const packed = linear(builder, normed.value, {
    weight: weights.value(builder, `${prefix}attn.in_proj_weight`, [3 * width, width]),
    bias: weights.value(builder, `${prefix}attn.in_proj_bias`, [3 * width]),
  });
  const mixed = mixing(builder, packed.value, shape);
  const projected = linear(builder, mixed.value, {
    weight: weights.value(builder, `${prefix}attn.out_proj.weight`, [width, width]),
    bias: weights.value(builder, `${prefix}attn.out_proj.bias`, [width]),
  });
  const parts = [normed, packed, mixed, projected];
  return {
    value: projected.value,
    backward: (gradient) => parts.reduceRight((gradient, part) => part.backward(gradient), gradient),
  };
}

/** From rows of queries, keys and values, [n * length, 3 * width], to the values mixed by likeness, [n * length, width]. */
function mixing(builder: GraphBuilder, packed: Value, { width, heads, length, mask }: TransformerShape): Layer {
  const parts = builder.nodes('Split', [packed, builder.integers([width, width, width])], {
    attributes: { axis: 1 },
    outputs: 3,
  });
  const turned = (value: Value, perm: readonly number[]): Value => builder.node('Transpose', [value], { perm });
  const perHead = (part: Value, perm: readonly number[]): Value =>
    turned(reshape(builder, part, [-1, length, heads, width / heads]), perm);
  const inRows = (perHead: Value): Value => reshape(builder, turned(perHead, [0, 2, 1, 3]), [-1, width]);

  const scale = builder.scalar(1 / Math.sqrt(width / heads));
  const queries = builder.node('Mul', [perHead(parts[0]!, [0, 2, 1, 3]), scale]);
  const keys = perHead(parts[1]!, [0, 2, 3, 1]); // width before length: ready to be multiplied
  const values = perHead(parts[2]!, [0, 2, 1, 3]);
  const products = builder.node('MatMul', [queries, keys]);
  const shares = builder.node('Softmax', [mask ? builder.node('Add', [products, mask]) : products], { axis: -1 });
  return {
    value: inRows(builder.node('MatMul', [shares, values])),
    backward(gradient) {
      const mixed = perHead(gradient, [0, 2, 1, 3]);
      const toValues = builder.node('MatMul', [turned(shares, [0, 1, 3, 2]), mixed]);
      const toShares = builder.node('MatMul', [mixed, turned(values, [0, 1, 3, 2])]);
      const kept = builder.node('Mul', [toShares, shares]);
      const lost = builder.node('ReduceSum', [kept, builder.integers([-1])], { keepdims: 1 });
      const toProducts = builder.node('Sub', [kept, builder.node('Mul', [shares, lost])]);
      const toQueries = builder.node('Mul', [builder.node('MatMul', [toProducts, turned(keys, [0, 1, 3, 2])]), scale]);
      const toKeys = builder.node('MatMul', [turned(toProducts, [0, 1, 3, 2]), queries]);
      return builder.node('Concat', [toQueries, toKeys, toValues].map(inRows), { axis: 1 });
    },
  };
}

function feedForward(site: Site, rows: Value, { prefix, width, activation }: TransformerShape): Layer {
  const { builder, weights } = site;
  const wider = weights.size(`${prefix}mlp.c_fc.weight`, 0);
  const normed = layerNorm(site, rows, { name: `${prefix}ln_2`, width, epsilon: transformerEpsilon });
  const first = linear(builder, normed.value, {
    weight: weights.value(builder, `${prefix}mlp.c_fc.weight`, [wider, width]),
    bias: weights.value(builder, `${prefix}mlp.c_fc.bias`, [wider]),
  });
  const bent = (activation === 'gelu' ? gelu : quickGelu)(builder, first.value);
  const second = linear(builder, bent.value, {
    weight: weights.value(builder, `${prefix}mlp.c_proj.weight`, [width, wider]),
    bias: weights.value(builder, `${prefix}mlp.c_proj.bias`, [width]),
  });
  const parts = [normed, first, bent, second];
  return {
    value: second.value,
    backward: (gradient) => parts.reduceRight((gradient, part) => part.backward(gradient), gradient),
  };
}
