import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import type { Value } from '#models/onnx/graph';
import type { ConvNextNames } from './convnext-names.ts';
import { gelu, layerNorm, linear, reshape, toChannelsFirst, toChannelsLast, type Layer, type Site } from './layers.ts';

/** ConvNeXt (Liu et al. 2022) normalises with this epsilon in timm and torchvision alike. */
export const convNextEpsilon = 1e-6;
const stemStride = 4;
const kernelSize = 7;
const mlpRatio = 4;

/** The trunk's output, [n, width, side, side], before pooling. */
export interface Trunk extends Layer {
  readonly width: number;
  readonly side: number;
}

/** The convolutional trunk on square pictures: stem and stages, as many and as wide as the tensors say. */
export function convNextTrunk(
  site: Site,
  pixels: Value,
  { names, size }: { readonly names: ConvNextNames; readonly size: number },
): Trunk {
  const stages = names.stages(site.weights);
  const smallest = stemStride * 2 ** (stages - 1);
  if (stages === 0 || size % smallest !== 0)
    throw new CheckpointError(
      `A ConvNeXt of ${stages} stages takes pictures whose side is a multiple of ${smallest}, not ${size}.`,
    );
  const layers: Layer[] = [];
  const grow = (make: (x: Value) => Layer): void => void layers.push(make(layers.at(-1)?.value ?? pixels));
  let width = site.weights.size(`${names.stem.conv}.weight`, 0);
  let side = size / stemStride;
  const stem = { name: names.stem.conv, from: 3, to: width, stride: stemStride };
  grow((x) => patchConvolution(site, x, stem));
  grow((x) => channelNorm(site, x, { name: names.stem.norm, width }));
  for (let stage = 0; stage < stages; stage++) {
    if (stage > 0) {
      const { norm, conv } = names.downsample(stage);
      const from = width;
      width = site.weights.size(`${conv}.weight`, 0);
      side /= 2;
      const to = width;
      grow((x) => channelNorm(site, x, { name: norm, width: from }));
      grow((x) => patchConvolution(site, x, { name: conv, from, to, stride: 2 }));
    }
    const place = { names, stage, width, side };
    const blocks = names.blocks(site.weights, stage);
    for (let index = 0; index < blocks; index++) grow((x) => block(site, x, { ...place, index }));
  }
  const backward = (gradient: Value): Value => layers.reduceRight((above, layer) => layer.backward(above), gradient);
  return { value: layers.at(-1)!.value, width, side, backward };
}

/** A convolution whose kernel is its stride: each patch on its own, so the reverse is the transposed one with the same numbers. */
function patchConvolution(
  { builder, weights }: Site,
  x: Value,
  {
    name,
    from,
    to,
    stride,
  }: { readonly name: string; readonly from: number; readonly to: number; readonly stride: number },
): Layer {
  const kernel = weights.value(builder, `${name}.weight`, [to, from, stride, stride]);
  const bias = weights.value(builder, `${name}.bias`, [to]);
  const attributes = { kernel_shape: [stride, stride], strides: [stride, stride] };
  return {
    value: builder.node('Conv', [x, kernel, bias], attributes),
    backward: (gradient) => builder.node('ConvTranspose', [gradient, kernel], attributes),
  };
}

/** Layer normalisation over the channels of [n, channels, h, w]. */
function channelNorm(site: Site, x: Value, { name, width }: { readonly name: string; readonly width: number }): Layer {
  const { builder } = site;
  const norm = layerNorm(site, toChannelsLast(builder, x), { name, width, epsilon: convNextEpsilon });
  return {
    value: toChannelsFirst(builder, norm.value),
    backward: (gradient) => toChannelsFirst(builder, norm.backward(toChannelsLast(builder, gradient))),
  };
}

interface BlockPlace {
  readonly names: ConvNextNames;
  readonly stage: number;
  readonly index: number;
  readonly width: number;
  readonly side: number;
}

/** x + gamma fc2(GELU(fc1(LN(depthwise 7 x 7 of x)))), the inner part over rows of channels. */
function block(site: Site, x: Value, place: BlockPlace): Layer {
  const { builder } = site;
  const { width, side } = place;
  const name = place.names.block(place.stage, place.index);
  const depthwise = depthwiseConvolution(site, x, { name: name.conv, width });
  const rows = (value: Value): Value => reshape(builder, toChannelsLast(builder, value), [-1, width]);
  const planes = (value: Value): Value => toChannelsFirst(builder, reshape(builder, value, [-1, side, side, width]));
  const norm = layerNorm(site, rows(depthwise.value), { name: name.norm, width, epsilon: convNextEpsilon });
  const wider = width * mlpRatio;
  const first = linear(builder, norm.value, {
    weight: site.weights.value(builder, `${name.fc1}.weight`, [wider, width]),
    bias: site.weights.value(builder, `${name.fc1}.bias`, [wider]),
  });
  const active = gelu(builder, first.value);
  const second = scaledLinear(site, active.value, {
    ...name,
    from: wider,
    to: width,
    gammaShape: place.names.gammaShape(width),
  });
  return {
    value: builder.node('Add', [x, planes(second.value)]),
    backward: (gradient) => {
      const inner = first.backward(active.backward(second.backward(rows(gradient))));
      return builder.node('Add', [gradient, depthwise.backward(planes(norm.backward(inner)))]);
    },
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

/** fc2 with the layer scale multiplied into it: one pass over the data less. */
function scaledLinear({ builder, weights }: Site, x: Value, { fc2, gamma, gammaShape, from, to }: ScaledLinear): Layer {
  const scale = weights.tensor(gamma, gammaShape);
  const scaled = (name: string, shape: readonly number[]): Value => {
    const tensor = weights.tensor(name, shape);
    const load = async (): Promise<Float32Array> => scaledRows(await tensor.read(), await scale.read());
    return builder.initialiser({ name: `${name}.scaled`, type: builder.type, shape, load });
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
