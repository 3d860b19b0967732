import type { FloatType, Value } from '#models/onnx/graph';
import type { BlockNames } from './convnext-names.ts';
import { pointConvolution } from './convolutions.ts';
import { gelu, linear, reshape, toChannelsFirst, type Layer, type Site } from './layers.ts';

/** How a block's two matrices are applied: as convolutions of single points in planes, or as products with rows. */
export type MatrixForm = 'convolutions' | 'products';

/** The form of a network that is run forward only: half precision is for GPUs, single precision for CPUs as well. */
export const forwardForm = (type: FloatType): MatrixForm => (type === 'float32' ? 'convolutions' : 'products');

interface Mlp {
  readonly name: BlockNames;
  readonly gammaShape: readonly number[];
  readonly width: number;
  readonly wider: number;
  readonly side: number;
}

/**
 * gamma fc2(GELU(fc1(x))), from [n, h, w, channels] to planes, step by step.
 *
 * Convolutions are the quicker form on a CPU: ONNX Runtime keeps what lies between them in its own blocks of channels
 * and adds biases and the block's input as it writes. Products let the same numbers serve the way back, and are what
 * the libraries of GPUs are made for.
 */
export function convNextMlp(site: Site, form: MatrixForm, mlp: Mlp): readonly ((x: Value) => Layer)[] {
  const { builder } = site;
  const { width, side } = mlp;
  if (form === 'convolutions') {
    return [
      (x) => toChannelsFirst(site, x),
      (x) => pointConvolution(site, x, widening(site, mlp, [1, 1])),
      (x) => gelu(builder, x),
      (x) => pointConvolution(site, x, narrowing(site, mlp, [1, 1])),
    ];
  }
  return [
    (x) => inShape(site, x, { shape: [-1, width], before: [-1, side, side, width] }),
    (x) => linear(builder, x, widening(site, mlp)),
    (x) => gelu(builder, x),
    (x) => (builder.type === 'float16' ? narrowedApart(site, x, mlp) : linear(builder, x, narrowing(site, mlp))),
    (x) => inShape(site, x, { shape: [-1, side, side, width], before: [-1, width] }),
    (x) => toChannelsFirst(site, x),
  ];
}

function inShape(
  { builder }: Site,
  x: Value,
  { shape, before }: { readonly shape: readonly number[]; readonly before: readonly number[] },
): Layer {
  return { value: reshape(builder, x, shape), backward: (gradient) => reshape(builder, gradient, before) };
}

interface Matrix {
  readonly weight: Value;
  readonly bias: Value;
}

/** fc1; a kernel's sides follow the matrix where it is one. */
function widening({ builder, weights }: Site, { name, width, wider }: Mlp, sides: readonly number[] = []): Matrix {
  const tensor = weights.tensor(`${name.fc1}.weight`, [wider, width]);
  const weight = builder.initialiser({
    name: `${name.fc1}.weight`,
    type: builder.type,
    shape: [wider, width, ...sides],
    load: () => tensor.read(),
  });
  return { weight, bias: weights.value(builder, `${name.fc1}.bias`, [wider]) };
}

/** fc2, its rows multiplied by gamma once, here: one pass over the numbers less in every run. */
function narrowing(
  { builder, weights }: Site,
  { name, gammaShape, width, wider }: Mlp,
  sides: readonly number[] = [],
): Matrix {
  const gamma = weights.tensor(name.gamma, gammaShape);
  const scaled = (part: string, shape: readonly number[], sides: readonly number[]): Value => {
    const tensor = weights.tensor(`${name.fc2}.${part}`, shape);
    const load = async (): Promise<Float32Array> => scaledRows(await tensor.read(), await gamma.read());
    return builder.initialiser({
      name: `${name.fc2}.${part}.scaled`,
      type: builder.type,
      shape: [...shape, ...sides],
      load,
    });
  };
  return { weight: scaled('weight', [width, wider], sides), bias: scaled('bias', [width], []) };
}

/** fc2 and gamma one after the other: the product of two small numbers may be none in half precision. */
function narrowedApart({ builder, weights }: Site, x: Value, { name, gammaShape, width, wider }: Mlp): Layer {
  const gamma = weights.tensor(name.gamma, gammaShape);
  const factor = builder.initialiser({
    name: name.gamma,
    type: builder.type,
    shape: [width],
    load: () => gamma.read(),
  });
  const inner = linear(builder, x, {
    weight: weights.value(builder, `${name.fc2}.weight`, [width, wider]),
    bias: weights.value(builder, `${name.fc2}.bias`, [width]),
  });
  return {
    value: builder.node('Mul', [inner.value, factor]),
    backward: (gradient) => inner.backward(builder.node('Mul', [gradient, factor])),
  };
}

function scaledRows(numbers: Float32Array, factors: Float32Array): Float32Array {
  const columns = numbers.length / factors.length;
  return numbers.map((number, index) => number * factors[Math.floor(index / columns)]!);
}
