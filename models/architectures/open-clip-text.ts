import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import { GraphBuilder, type FloatType, type Graph, type Value } from '#models/onnx/graph';
import { layerNorm, reshape, type Site } from './layers.ts';
import { transformer, transformerEpsilon, type Activation } from './transformer.ts';
import type { Weights } from './weights.ts';

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

export interface TextSettings {
  readonly heads: number;
  readonly type: FloatType;
  readonly activation: Activation;
}

/** CLIP's text encoder: `ids` [n, contextLength] to `embedding` [n, d], not of unit length; read at the first largest id, which ends the text. */
export function textEncoder(weights: Weights, { heads, type, activation }: TextSettings): Graph {
  const { contextLength, vocabularySize, width, layers, embedWidth } = textShape(weights);
  if (!Number.isInteger(width / heads))
    throw new CheckpointError(`The configuration names ${heads} text heads, which do not divide the width ${width}.`);
  const builder = new GraphBuilder('text-encoder', type);
  const site: Site = { builder, weights };
  const ids = builder.input('ids', 'int64', ['n', contextLength]);
  const table = weights.value(builder, 'token_embedding.weight', [vocabularySize, width]);
  const positions = weights.value(builder, 'positional_embedding', [contextLength, width]);
  const placed = builder.node('Add', [builder.node('Gather', [table, ids], { axis: 0 }), positions]);
  const { value: rows } = transformer(site, reshape(builder, placed, [-1, width]), {
    prefix: 'transformer.',
    layers,
    width,
    heads,
    length: contextLength,
    activation,
    mask: causalMask(builder, contextLength),
  });
  const read = builder.leave(endOfText(builder, { ids, rows, length: contextLength, width }));
  const normed = layerNorm(site, read, { name: 'ln_final', width, epsilon: transformerEpsilon, type: 'float32' });
  const projection = weights.value(builder, 'text_projection', [width, embedWidth], 'float32');
  builder.output('embedding', builder.node('MatMul', [normed.value, projection]), { shape: ['n', embedWidth] });
  return builder.build();
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
