import { GraphBuilder, type FloatType, type Graph, type Value } from '#models/onnx/graph';

/** An image encoder of which the way back is known. */
export interface Tower {
  /** [n, d], float32, not of unit length. */
  readonly embedding: Value;
  /** From the gradient with respect to the embedding, float32, to that with respect to the pixels. */
  backward(gradient: Value): Value;
}

interface Settings {
  /** Side of the square pictures, in pixels. */
  readonly size: number;
  readonly type: FloatType;
  readonly embedWidth: number;
}

/** The gradient of the cosine similarity between picture and `target`, with respect to the pixels: `gradient` [n, 3, size, size] and `cosine` [n]. */
export function saliencyGraph(
  { size, type, embedWidth }: Settings,
  towerOver: (builder: GraphBuilder, pixels: Value) => Tower,
): Graph {
  const builder = new GraphBuilder('saliency', type);
  const pixels = builder.input('pixels', 'float32', ['n', 3, size, size]);
  const target = targetRow(builder, embedWidth);
  const tower = towerOver(builder, pixels);
  const length = builder.node('ReduceL2', [tower.embedding], { axes: [-1], keepdims: 1 });
  const direction = builder.node('Div', [tower.embedding, length]);
  const cosine = builder.node('Gemm', [direction, target], { transB: 1 });
  const across = builder.node('Sub', [target, builder.node('Mul', [cosine, direction])]);
  const gradient = tower.backward(builder.node('Div', [across, length]));
  builder.output('gradient', gradient, { shape: ['n', 3, size, size] });
  builder.output('cosine', builder.node('Reshape', [cosine, builder.integers([-1])]), { shape: ['n'] });
  return builder.build();
}

/** The input `target`, [d], as a row. */
export function targetRow(builder: GraphBuilder, width: number): Value {
  const target = builder.input('target', 'float32', [width]);
  return builder.node('Reshape', [target, builder.integers([1, width])]);
}

/** float16 cannot hold gradients of single pixels; they pass through it this much larger. */
const gradientScale = 4096;

/** A way back through a trunk in the graph's type, from a float32 gradient to a float32 one. */
export function throughTrunk(builder: GraphBuilder, gradient: Value, backward: (gradient: Value) => Value): Value {
  if (builder.type === 'float32') return backward(gradient);
  const scaled = builder.node('Mul', [gradient, builder.scalar(gradientScale, 'float32')]);
  const reached = builder.leave(backward(builder.enter(scaled)));
  return builder.node('Mul', [reached, builder.scalar(1 / gradientScale, 'float32')]);
}
