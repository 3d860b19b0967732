import type { FloatType, GraphBuilder, Value } from '#models/onnx/graph';
import type { Weights } from './weights.ts';

/** A layer of the network: what it gives, and the nodes that carry a gradient back through it, made only when asked for. */
export interface Layer {
  readonly value: Value;
  /** From the gradient with respect to `value` to that with respect to the layer's input. */
  backward(gradient: Value): Value;
}

/** Where layers are built: the graph, and the checkpoint that its numbers come from. */
export interface Site {
  readonly builder: GraphBuilder;
  readonly weights: Weights;
}

interface Norm {
  readonly name: string;
  readonly width: number;
  readonly epsilon: number;
  /** Of the input, the output and the tensors. */
  readonly type?: FloatType;
}

/** Layer normalisation over the last axis, of `width`, with the tensors `name.weight` and `name.bias`. */
export function layerNorm(
  { builder, weights }: Site,
  x: Value,
  { name, width, epsilon, type = builder.type }: Norm,
): Layer {
  const scale = weights.value(builder, `${name}.weight`, [width], type);
  const shift = weights.value(builder, `${name}.bias`, [width], type);
  const value = builder.node('LayerNormalization', [x, scale, shift], { axis: -1, epsilon: { float: epsilon } });
  const backward = (gradient: Value): Value => {
    if (type === 'float32') return layerNormBackward(builder, { x, scale, gradient, epsilon });
    // The mean of squares leaves float16's range.
    const wide = { x: builder.leave(x), scale: builder.leave(scale), gradient: builder.leave(gradient), epsilon };
    return builder.enter(layerNormBackward(builder, wide));
  };
  return { value, backward };
}

function layerNormBackward(
  builder: GraphBuilder,
  given: { readonly x: Value; readonly scale: Value; readonly gradient: Value; readonly epsilon: number },
): Value {
  const mean = (value: Value): Value => builder.node('ReduceMean', [value], { axes: [-1], keepdims: 1 });
  const centred = builder.node('Sub', [given.x, mean(given.x)]);
  const variance = mean(builder.node('Mul', [centred, centred]));
  const deviation = builder.node('Sqrt', [builder.node('Add', [variance, builder.scalar(given.epsilon, 'float32')])]);
  const normalised = builder.node('Div', [centred, deviation]);
  const scaled = builder.node('Mul', [given.gradient, given.scale]);
  const along = builder.node('Mul', [normalised, mean(builder.node('Mul', [scaled, normalised]))]);
  const across = builder.node('Sub', [builder.node('Sub', [scaled, mean(scaled)]), along]);
  return builder.node('Div', [across, deviation]);
}

/** Rows times a matrix as PyTorch's Linear stores it, [out, in], plus a bias; the same matrix serves both directions. */
export function linear(
  builder: GraphBuilder,
  x: Value,
  { weight, bias }: { readonly weight: Value; readonly bias?: Value },
): Layer {
  const value = builder.node('Gemm', bias === undefined ? [x, weight] : [x, weight, bias], { transB: 1 });
  return { value, backward: (gradient) => builder.node('Gemm', [gradient, weight]) };
}

/** GELU by the error function, u times Phi(u); its derivative is Phi(u) + u phi(u). */
export function gelu(builder: GraphBuilder, u: Value): Layer {
  // In this order of nodes, and with none of them used again, ONNX Runtime recognises the function and runs it as one.
  const erf = builder.node('Erf', [builder.node('Div', [u, builder.scalar(Math.SQRT2)])]);
  const twicePhi = builder.node('Add', [erf, builder.scalar(1)]);
  const value = builder.node('Mul', [builder.node('Mul', [u, twicePhi]), builder.scalar(0.5)]);
  return { value, backward: (gradient) => builder.node('Mul', [gradient, geluSlope(builder, u)]) };
}

/** With v = u / sqrt(2): (1 + erf(v)) / 2 + v exp(-v^2) / sqrt(pi). */
function geluSlope(builder: GraphBuilder, u: Value): Value {
  const v = builder.node('Mul', [u, builder.scalar(Math.SQRT1_2)]);
  const bell = builder.node('Exp', [builder.node('Neg', [builder.node('Mul', [v, v])])]);
  const tilt = builder.node('Mul', [builder.node('Mul', [v, bell]), builder.scalar(1 / Math.sqrt(Math.PI))]);
  const half = builder.scalar(0.5);
  const phi = builder.node('Add', [builder.node('Mul', [builder.node('Erf', [v]), half]), half]);
  return builder.node('Add', [phi, tilt]);
}

/** OpenAI's quick GELU, u times the logistic function of 1.702 u. */
export function quickGelu(builder: GraphBuilder, u: Value): Layer {
  const steepness = builder.scalar(1.702);
  const steep = builder.node('Mul', [u, steepness]);
  const share = builder.node('Sigmoid', [steep]);
  const backward = (gradient: Value): Value => {
    const rest = builder.node('Sub', [builder.scalar(1), share]);
    const tilt = builder.node('Add', [builder.node('Mul', [steep, rest]), builder.scalar(1)]);
    return builder.node('Mul', [gradient, builder.node('Mul', [share, tilt])]);
  };
  return { value: builder.node('Mul', [u, share]), backward };
}

/** From planes, [n, channels, h, w], to [n, h, w, channels]. */
export const toChannelsLast = ({ builder }: Site, x: Value): Layer => turned(builder, x, [lastOrder, firstOrder]);
/** From [n, h, w, channels] to planes, [n, channels, h, w]. */
export const toChannelsFirst = ({ builder }: Site, x: Value): Layer => turned(builder, x, [firstOrder, lastOrder]);

const lastOrder = [0, 2, 3, 1];
const firstOrder = [0, 3, 1, 2];

function turned(
  builder: GraphBuilder,
  x: Value,
  [there, back]: readonly [readonly number[], readonly number[]],
): Layer {
  return {
    value: builder.node('Transpose', [x], { perm: there }),
    backward: (gradient) => builder.node('Transpose', [gradient], { perm: back }),
  };
}

export const reshape = (builder: GraphBuilder, x: Value, shape: readonly number[]): Value =>
  builder.node('Reshape', [x, builder.integers(shape)]);
