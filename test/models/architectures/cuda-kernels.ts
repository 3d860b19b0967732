import { dataTypeCodes, type DataType, type Graph, type Node } from '#models/onnx/graph';
import { opset } from '#models/onnx/write-model';

/** A kernel: the operator sets it is for, and the types its first input may have. */
interface Kernel {
  readonly from: number;
  readonly to?: number;
  readonly types: readonly DataType[];
}

const floats = ['float32', 'float16'] as const;
const all = [...floats, 'int64', 'bool'] as const;

/**
 * What onnxruntime's CUDA provider runs itself, of the operators and types that we write: from docs/OperatorKernels.md of
 * microsoft/onnxruntime at 001d12d2, "Operators implemented by CUDAExecutionProvider". Whatever else a graph holds is
 * run on the CPU, and its numbers travel there and back.
 */
const cudaKernels: Readonly<Record<string, Kernel>> = {
  Add: { from: 14, types: [...floats, 'int64'] },
  ArgMax: { from: 13, types: floats },
  Cast: { from: 13, to: 18, types: all },
  Concat: { from: 13, types: all },
  Conv: { from: 11, to: 21, types: floats },
  ConvTranspose: { from: 11, types: floats },
  Div: { from: 14, types: [...floats, 'int64'] },
  Erf: { from: 13, types: floats },
  Exp: { from: 13, types: floats },
  Expand: { from: 13, types: all },
  Gather: { from: 13, types: all },
  GatherND: { from: 13, types: [...floats, 'int64'] },
  Gemm: { from: 13, types: floats },
  Identity: { from: 14, to: 18, types: all },
  LayerNormalization: { from: 17, types: floats },
  MatMul: { from: 13, types: floats },
  Mul: { from: 14, types: [...floats, 'int64'] },
  Neg: { from: 13, types: [...floats, 'int64'] },
  Pad: { from: 13, to: 17, types: [...floats, 'bool'] },
  ReduceL2: { from: 1, to: 17, types: floats },
  ReduceMean: { from: 1, to: 17, types: floats },
  ReduceSum: { from: 13, types: [...floats, 'int64'] },
  Relu: { from: 14, types: floats },
  Reshape: { from: 14, to: 18, types: all },
  Sigmoid: { from: 13, types: floats },
  Slice: { from: 13, types: all },
  Softmax: { from: 13, types: floats },
  Split: { from: 13, to: 17, types: all },
  Sqrt: { from: 13, types: floats },
  Sub: { from: 14, types: [...floats, 'int64'] },
  Transpose: { from: 13, to: 20, types: all },
  Unsqueeze: { from: 13, to: 20, types: all },
};

/** Inputs that say how, not what, and may have a type of their own: shapes, axes and indices, by their place. */
const integerInputs: Readonly<Record<string, readonly number[]>> = {
  Reshape: [1],
  Expand: [1],
  Unsqueeze: [1],
  ReduceSum: [1],
  Split: [1],
  Slice: [1, 2, 3, 4],
  Pad: [1],
  Gather: [1],
  GatherND: [1],
};

/** The nodes of a graph that the CUDA provider would leave to the CPU, each with the reason. */
export function leftToCpu({ inputs, initialisers, nodes }: Graph): readonly string[] {
  const typeOf = new Map<string, DataType>([...inputs, ...initialisers].map(({ name, type }) => [name, type]));
  const complaints = new Set<string>();
  for (const node of nodes) {
    const why = reason(node, typeOf);
    if (why !== undefined) complaints.add(why);
    for (const output of node.outputs) typeOf.set(output, resultOf(node, typeOf));
  }
  return [...complaints];
}

function reason({ op, inputs }: Node, typeOf: ReadonlyMap<string, DataType>): string | undefined {
  const kernel = cudaKernels[op];
  if (!kernel) return `${op} has no kernel`;
  if (opset < kernel.from || opset > (kernel.to ?? Infinity)) return `${op} has no kernel at operator set ${opset}`;
  const [first] = inputs;
  const type = typeOf.get(first!)!;
  if (!kernel.types.includes(type)) return `${op} has no kernel for ${type}`;
  for (const [place, input] of inputs.entries()) {
    const wanted = integerInputs[op]?.includes(place) ? 'int64' : type;
    if (input !== '' && typeOf.get(input) !== wanted) return `${op} mixes ${type} with ${typeOf.get(input)}`;
  }
  return undefined;
}

function resultOf({ op, inputs, attributes }: Node, typeOf: ReadonlyMap<string, DataType>): DataType {
  if (op === 'ArgMax') return 'int64';
  if (op !== 'Cast') return typeOf.get(inputs[0]!)!;
  return (Object.keys(dataTypeCodes) as DataType[]).find((type) => dataTypeCodes[type] === attributes['to'])!;
}
