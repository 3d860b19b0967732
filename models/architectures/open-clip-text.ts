import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import { GraphBuilder, type FloatType, type Graph, type Value } from '#models/onnx/graph';
import { gelu, layerNorm, linear, reshape, type Site } from './layers.ts';
import type { Weights } from './weights.ts';

/** PyTorch's own default, which CLIP's text tower keeps; its image tower has another. */
const epsilon = 1e-5;
/** Ends an attention before softmax, and lies within float16. */
const forbidden = -60_000;

export interface TextShape {
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly width: number;
  readonly layers: number;
  readonly embedWidth: number;
}

/** The sizes of CLIP's text tower, as its tensors tell them. */
export function textShape(weights: Weights): TextShape {
  return {
    contextLength: weights.size('positional_embedding', 0),
    vocabularySize: weights.size('token_embedding.weight', 0),
    width: weights.size('token_embedding.weight', 1),
    layers: weights.count('transformer.resblocks.'),
    embedWidth: weights.size('text_projection', 1),
  };
}

/** CLIP's text encoder: `ids` [n, contextLength] to `embedding` [n, d], not of unit length; read at the first largest id, which ends the text. */
export function textEncoder(
  weights: Weights,
  { heads, type }: { readonly heads: number; readonly type: FloatType },
): Graph {
  const { contextLength, vocabularySize, width, layers, embedWidth } = textShape(weights);
  if (!Number.isInteger(width / heads))
    throw new CheckpointError(`The configuration names ${heads} text heads, which do not divide the width ${width}.`);
  const builder = new GraphBuilder('text-encoder', type);
  const site: Site = { builder, weights };
  const ids = builder.input('ids', 'int64', ['n', contextLength]);
  const table = weights.value(builder, 'token_embedding.weight', [vocabularySize, width]);
  const positions = weights.value(builder, 'positional_embedding', [contextLength, width]);
  const placed = builder.node('Add', [builder.node('Gather', [table, ids], { axis: 0 }), positions]);
  let rows = reshape(builder, placed, [-1, width]);
  for (let layer = 0; layer < layers; layer++) {
    const place = { prefix: `transformer.resblocks.${layer}.`, width, heads, length: contextLength };
    rows = builder.node('Add', [rows, attention(site, rows, place)]);
    rows = builder.node('Add', [rows, feedForward(site, rows, place)]);
  }
  const read = builder.leave(endOfText(builder, { ids, rows, length: contextLength, width }));
  const normed = layerNorm(site, read, { name: 'ln_final', width, epsilon, type: 'float32' });
  const projection = weights.value(builder, 'text_projection', [width, embedWidth], 'float32');
  builder.output('embedding', builder.node('MatMul', [normed.value, projection]), { shape: ['n', embedWidth] });
  return builder.build();
}

interface Place {
  readonly prefix: string;
  readonly width: number;
  readonly heads: number;
  readonly length: number;
}

/** Causal attention; queries, keys and values come from one matrix, in this order. */
function attention(site: Site, rows: Value, { prefix, width, heads, length }: Place): Value {
  const { builder, weights } = site;
  const normed = layerNorm(site, rows, { name: `${prefix}ln_1`, width, epsilon });
  const packed = linear(builder, normed.value, {
    weight: weights.value(builder, `${prefix}attn.in_proj_weight`, [3 * width, width]),
    bias: weights.value(builder, `${prefix}attn.in_proj_bias`, [3 * width]),
  });
  const parts = builder.nodes('Split', [packed.value, builder.integers([width, width, width])], {
    attributes: { axis: 1 },
    outputs: 3,
  });
  const perHead = (part: Value, perm: readonly number[]): Value =>
    builder.node('Transpose', [reshape(builder, part, [-1, length, heads, width / heads])], { perm });
  const queries = builder.node('Mul', [perHead(parts[0]!, [0, 2, 1, 3]), builder.scalar(1 / Math.sqrt(width / heads))]);
  const products = builder.node('MatMul', [queries, perHead(parts[1]!, [0, 2, 3, 1])]);
  const shares = builder.node('Softmax', [builder.node('Add', [products, causalMask(builder, length)])], { axis: -1 });
  const mixed = builder.node('MatMul', [shares, perHead(parts[2]!, [0, 2, 1, 3])]);
  const joined = reshape(builder, builder.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }), [-1, width]);
  return linear(builder, joined, {
    weight: weights.value(builder, `${prefix}attn.out_proj.weight`, [width, width]),
    bias: weights.value(builder, `${prefix}attn.out_proj.bias`, [width]),
  }).value;
}

function feedForward(site: Site, rows: Value, { prefix, width }: Place): Value {
  const { builder, weights } = site;
  const wider = weights.size(`${prefix}mlp.c_fc.weight`, 0);
  const normed = layerNorm(site, rows, { name: `${prefix}ln_2`, width, epsilon });
  const first = linear(builder, normed.value, {
    weight: weights.value(builder, `${prefix}mlp.c_fc.weight`, [wider, width]),
    bias: weights.value(builder, `${prefix}mlp.c_fc.bias`, [wider]),
  });
  return linear(builder, gelu(builder, first.value).value, {
    weight: weights.value(builder, `${prefix}mlp.c_proj.weight`, [width, wider]),
    bias: weights.value(builder, `${prefix}mlp.c_proj.bias`, [width]),
  }).value;
}

/** No word sees those after it. */
function causalMask(builder: GraphBuilder, length: number): Value {
  const load = (): Float32Array =>
    Float32Array.from({ length: length * length }, (_, at) => (at % length > Math.floor(at / length) ? forbidden : 0));
  return builder.initialiser({ name: 'causal-mask', type: builder.type, shape: [length, length], load });
}

interface Ending {
  readonly ids: Value;
  readonly rows: Value;
  readonly length: number;
  readonly width: number;
}

/** The row of each text at the first occurrence of its largest id; as float32, which holds every id, since few providers search int64. */
function endOfText(builder: GraphBuilder, { ids, rows, length, width }: Ending): Value {
  const last = builder.node('ArgMax', [builder.cast(ids, 'float32')], { axis: 1, keepdims: 1 });
  return builder.node('GatherND', [reshape(builder, rows, [-1, length, width]), last], { batch_dims: 1 });
}
