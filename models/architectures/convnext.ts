import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import type { GraphBuilder, Value } from '#models/onnx/graph';
import type { ConvNextNames } from './convnext-names.ts';
import { gelu, layerNorm, linear, reshape, toChannelsFirst, toChannelsLast, type Layer, type Site } from './layers.ts';
import type { Weights } from './weights.ts';

/** ConvNeXt (Liu et al. 2022) normalises with this epsilon in timm and torchvision alike. */
export const convNextEpsilon = 1e-6;
const stemStride = 4;
const kernelSize = 7;
const mlpRatio = 4;

interface Outline {
  readonly names: ConvNextNames;
  /** Side of the square pictures, in pixels. */
  readonly size: number;
}

interface Stage {
  readonly blocks: number;
  readonly width: number;
  readonly side: number;
}

/** The stages, as many and as wide as the tensors say; the last one's output is [n, width, side, side]. */
export function convNextStages(weights: Weights, { names, size }: Outline): readonly Stage[] {
  const count = names.stages(weights);
  const smallest = stemStride * 2 ** (count - 1);
  if (count === 0 || size % smallest !== 0)
    throw new CheckpointError(
      `A ConvNeXt of ${count} stages takes pictures whose side is a multiple of ${smallest}, not ${size}.`,
    );
  return Array.from({ length: count }, (_, stage) => {
    const conv = stage === 0 ? names.stem.conv : names.downsample(stage).conv;
    const width = weights.size(`${conv}.weight`, 0);
    return { blocks: names.blocks(weights, stage), width, side: size / stemStride / 2 ** stage };
  });
}

/** The convolutional trunk on square pictures: stem and stages, before pooling. */
export function convNextTrunk(site: Site, pixels: Value, outline: Outline): Layer {
  const { names } = outline;
  const layers: Layer[] = [];
  const grow = (make: (x: Value) => Layer): void => void layers.push(make(layers.at(-1)?.value ?? pixels));
  const stages = convNextStages(site.weights, outline);
  for (const [stage, { blocks, width, side }] of stages.entries()) {
    const before = stages[stage - 1];
    if (before === undefined) {
      grow((x) => patchConvolution(site, x, { name: names.stem.conv, from: 3, to: width, stride: stemStride }));
      grow((x) => toRows(site, x, { width, side }));
      grow((x) => layerNorm(site, x, { name: names.stem.norm, width, epsilon: convNextEpsilon }));
    } else {
      const { norm, conv } = names.downsample(stage);
      grow((x) => layerNorm(site, x, { name: norm, width: before.width, epsilon: convNextEpsilon }));
      grow((x) => toPlanes(site, x, before));
      grow((x) => patchConvolution(site, x, { name: conv, from: before.width, to: width, stride: 2 }));
      grow((x) => toRows(site, x, { width, side }));
    }
    for (let index = 0; index < blocks; index++) grow((x) => block(site, x, { names, stage, width, side, index }));
  }
  grow((x) => toPlanes(site, x, stages.at(-1)!));
  return { value: layers.at(-1)!.value, backward: (gradient) => backwardThrough(layers, gradient) };
}

function backwardThrough(layers: readonly Layer[], gradient: Value): Value {
  return layers.reduceRight((above, layer) => layer.backward(above), gradient);
}

interface Patches {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly stride: number;
}

/** A convolution whose kernel is its stride: each patch on its own, so the reverse is the transposed one with the same numbers. */
function patchConvolution({ builder, weights }: Site, x: Value, { name, from, to, stride }: Patches): Layer {
  const kernel = weights.value(builder, `${name}.weight`, [to, from, stride, stride]);
  const bias = weights.value(builder, `${name}.bias`, [to]);
  const attributes = { kernel_shape: [stride, stride], strides: [stride, stride] };
  return {
    value: builder.node('Conv', [x, kernel, bias], attributes),
    backward: (gradient) => builder.node('ConvTranspose', [gradient, kernel], attributes),
  };
}

type Plane = Pick<Stage, 'width' | 'side'>;

// Between convolutions numbers lie in rows, one a place, [n h w, channels]: norms, matrices and sums take them so, and
// ONNX Runtime makes one step of a transposition and its own reordering before and after a convolution.

/** From [n, channels, h, w] to rows. */
function toRows({ builder }: Site, x: Value, plane: Plane): Layer {
  return { value: rowsOf(builder, x, plane), backward: (gradient) => planesOf(builder, gradient, plane) };
}

/** From rows to [n, channels, h, w]. */
function toPlanes({ builder }: Site, x: Value, plane: Plane): Layer {
  return { value: planesOf(builder, x, plane), backward: (gradient) => rowsOf(builder, gradient, plane) };
}

const rowsOf = (builder: GraphBuilder, x: Value, { width }: Plane): Value =>
  reshape(builder, toChannelsLast(builder, x), [-1, width]);
const planesOf = (builder: GraphBuilder, x: Value, { width, side }: Plane): Value =>
  toChannelsFirst(builder, reshape(builder, x, [-1, side, side, width]));

interface BlockPlace extends Plane {
  readonly names: ConvNextNames;
  readonly stage: number;
  readonly index: number;
}

/** x + gamma fc2(GELU(fc1(LN(depthwise 7 x 7 of x)))), over rows. */
function block(site: Site, x: Value, place: BlockPlace): Layer {
  const { builder } = site;
  const { width } = place;
  const name = place.names.block(place.stage, place.index);
  const layers: Layer[] = [];
  const grow = (make: (x: Value) => Layer): void => void layers.push(make(layers.at(-1)?.value ?? x));
  const wider = width * mlpRatio;
  grow((x) => toPlanes(site, x, place));
  grow((x) => depthwiseConvolution(site, x, { name: name.conv, width }));
  grow((x) => toRows(site, x, place));
  grow((x) => layerNorm(site, x, { name: name.norm, width, epsilon: convNextEpsilon }));
  grow((x) =>
    linear(builder, x, {
      weight: site.weights.value(builder, `${name.fc1}.weight`, [wider, width]),
      bias: site.weights.value(builder, `${name.fc1}.bias`, [wider]),
    }),
  );
  grow((x) => gelu(builder, x));
  const gammaShape = place.names.gammaShape(width);
  grow((x) => scaledLinear(site, x, { ...name, from: wider, to: width, gammaShape }));
  return {
    value: builder.node('Add', [x, layers.at(-1)!.value]),
    backward: (gradient) => builder.node('Add', [gradient, backwardThrough(layers, gradient)]),
  };
}

function depthwiseConvolution(
  { builder, weights }: Site,
  x: Value,
  { name, width }: { readonly name: string; readonly width: number },
): Layer {
  const shape = [width, 1, kernelSize, kernelSize];
  const border = Math.floor(kernelSize / 2);
  const attributes = { group: width, kernel_shape: [kernelSize, kernelSize], pads: [border, border, border, border] };
  const tensor = weights.tensor(`${name}.weight`, shape);
  const kernel = weights.value(builder, `${name}.weight`, shape);
  const bias = weights.value(builder, `${name}.bias`, [width]);
  return {
    value: builder.node('Conv', [x, kernel, bias], attributes),
    // At stride 1 the reverse is the same convolution with the kernel turned by 180 degrees.
    backward: (gradient) => {
      const load = async (): Promise<Float32Array> => turned(await tensor.read());
      const flipped = builder.initialiser({ name: `${name}.weight.turned`, type: builder.type, shape, load });
      return builder.node('Conv', [gradient, flipped], attributes);
    },
  };
}

interface ScaledLinear {
  readonly fc2: string;
  readonly gamma: string;
  readonly gammaShape: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** gamma times fc2. */
function scaledLinear({ builder, weights }: Site, x: Value, { fc2, gamma, gammaShape, from, to }: ScaledLinear): Layer {
  const scale = weights.tensor(gamma, gammaShape);
  const load = (): Promise<Float32Array> => scale.read();
  if (builder.type === 'float16') {
    // The product of two small numbers may be none in half precision: they stay apart.
    const factor = builder.initialiser({ name: gamma, type: 'float16', shape: [to], load });
    const inner = linear(builder, x, {
      weight: weights.value(builder, `${fc2}.weight`, [to, from]),
      bias: weights.value(builder, `${fc2}.bias`, [to]),
    });
    return {
      value: builder.node('Mul', [inner.value, factor]),
      backward: (gradient) => inner.backward(builder.node('Mul', [gradient, factor])),
    };
  }
  // Multiplied together once, here: one pass over the numbers less in every run.
  const scaled = (name: string, shape: readonly number[]): Value => {
    const tensor = weights.tensor(name, shape);
    const product = async (): Promise<Float32Array> => scaledRows(await tensor.read(), await load());
    return builder.initialiser({ name: `${name}.scaled`, type: builder.type, shape, load: product });
  };
  return linear(builder, x, { weight: scaled(`${fc2}.weight`, [to, from]), bias: scaled(`${fc2}.bias`, [to]) });
}

function scaledRows(numbers: Float32Array, factors: Float32Array): Float32Array {
  const columns = numbers.length / factors.length;
  return numbers.map((number, index) => number * factors[Math.floor(index / columns)]!);
}

function turned(numbers: Float32Array): Float32Array {
  const area = kernelSize * kernelSize;
  return numbers.map((_, index) => numbers[index - (index % area) + area - 1 - (index % area)]!);
}
