import type { Value } from '#models/onnx/graph';
import type { Layer, Site } from './layers.ts';

interface Patches {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly stride: number;
}

/** A convolution whose kernel is its stride: each patch on its own, so the reverse is the transposed one with the same numbers. */
export function patchConvolution({ builder, weights }: Site, x: Value, { name, from, to, stride }: Patches): Layer {
  const kernel = weights.value(builder, `${name}.weight`, [to, from, stride, stride]);
  return patches(builder, x, { kernel, bias: weights.value(builder, `${name}.bias`, [to]), stride });
}

/** The same for each point by itself: rows times a matrix, where numbers lie in planes; weight [out, in, 1, 1]. */
export function pointConvolution(
  { builder }: Site,
  x: Value,
  { weight: kernel, bias }: { readonly weight: Value; readonly bias: Value },
): Layer {
  return patches(builder, x, { kernel, bias, stride: 1 });
}

function patches(
  builder: Site['builder'],
  x: Value,
  { kernel, bias, stride }: { readonly kernel: Value; readonly bias: Value; readonly stride: number },
): Layer {
  const attributes = { kernel_shape: [stride, stride], strides: [stride, stride] };
  return {
    value: builder.node('Conv', [x, kernel, bias], attributes),
    backward: (gradient) => builder.node('ConvTranspose', [gradient, kernel], attributes),
  };
}

interface Depthwise {
  readonly name: string;
  readonly width: number;
  /** Side of the kernel, an odd number. */
  readonly kernel: number;
}

/** A convolution of every channel by itself, as large as its input. */
export function depthwiseConvolution({ builder, weights }: Site, x: Value, { name, width, kernel }: Depthwise): Layer {
  const shape = [width, 1, kernel, kernel];
  const border = Math.floor(kernel / 2);
  const attributes = { group: width, kernel_shape: [kernel, kernel], pads: [border, border, border, border] };
  const tensor = weights.tensor(`${name}.weight`, shape);
  const numbers = weights.value(builder, `${name}.weight`, shape);
  const bias = weights.value(builder, `${name}.bias`, [width]);
  return {
    value: builder.node('Conv', [x, numbers, bias], attributes),
    // At stride 1 the reverse is the same convolution with the kernel turned by 180 degrees.
    backward: (gradient) => {
      const load = async (): Promise<Float32Array> => turned(await tensor.read(), kernel * kernel);
      const flipped = builder.initialiser({ name: `${name}.weight.turned`, type: builder.type, shape, load });
      return builder.node('Conv', [gradient, flipped], attributes);
    },
  };
}

function turned(numbers: Float32Array, area: number): Float32Array {
  return numbers.map((_, index) => numbers[index - (index % area) + area - 1 - (index % area)]!);
}
