/** Numbers with a shape, as they go into and come out of a graph. */
export interface RuntimeTensor {
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

export type RuntimeTensors = Readonly<Record<string, RuntimeTensor>>;

/** What the worker that holds ONNX Runtime is asked. */
export type Question =
  | { readonly kind: 'try'; readonly provider: string; readonly model: Uint8Array }
  | { readonly kind: 'open'; readonly provider: string; readonly path: string; readonly threads: number }
  | { readonly kind: 'run'; readonly session: number; readonly inputs: RuntimeTensors }
  | { readonly kind: 'release'; readonly session: number };

/** A session that was opened. */
export interface Opened {
  readonly session: number;
  /** Its inputs that may have any number of rows, [rows, ...]; every output then has as many. */
  readonly rowInputs: readonly string[];
}

/** The buffers of tensors, to be handed to another thread instead of copied. */
export function buffersOf(tensors: RuntimeTensors): ArrayBuffer[] {
  return [...new Set(Object.values(tensors).map(({ data }) => data.buffer as ArrayBuffer))];
}
