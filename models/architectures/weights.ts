import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import type { CheckpointTensor, TensorMap } from '#models/checkpoint/tensor';
import type { FloatType, GraphBuilder, Value } from '#models/onnx/graph';

/** No published network comes near this many layers; a name with a larger number is a damaged file. */
const layersMax = 1000;
const namesShownMax = 12;

/** The tensors of a checkpoint as an architecture takes them: what it lacks, what has another shape and what is left over comes out in one sentence. */
export class Weights {
  readonly #tensors: TensorMap;
  readonly #taken = new Set<string>();
  readonly #missing = new Set<string>();
  readonly #misshapen = new Map<string, string>();

  constructor(tensors: TensorMap) {
    this.#tensors = tensors;
  }

  /** True where there is such a tensor: it tells architectures apart. */
  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** A size that the architecture reads from a tensor, which must be there. */
  size(name: string, axis: number): number {
    const size = this.#tensors.get(name)?.shape[axis];
    if (size !== undefined && size > 0) return size;
    throw new CheckpointError(
      `The checkpoint is of another architecture: it lacks ${name}, or that has another shape.`,
    );
  }

  /** How many layers are numbered after a prefix: the highest number and one. */
  count(prefix: string): number {
    const numbers = [...this.#tensors.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => Number(/^(\d+)\./.exec(name.slice(prefix.length))?.[1] ?? -1));
    const count = numbers.reduce((highest, number) => Math.max(highest, number + 1), 0);
    if (count <= layersMax) return count;
    throw new CheckpointError(
      `The checkpoint numbers ${count} layers after ${prefix}: it is damaged; download it again.`,
    );
  }

  /** A tensor of exactly this shape. */
  tensor(name: string, shape: readonly number[]): CheckpointTensor {
    this.#taken.add(name);
    const tensor = this.#tensors.get(name);
    if (tensor !== undefined && tensor.shape.join() === shape.join()) return tensor;
    if (tensor === undefined) this.#missing.add(name);
    else this.#misshapen.set(name, `${name} is [${tensor.shape.join(', ')}], not [${shape.join(', ')}]`);
    return {
      name,
      shape,
      dtype: 'float32',
      read: () => Promise.reject(new CheckpointError(`There is no tensor ${name}.`)),
    };
  }

  /** The same as a value of the graph, of the graph's type unless told otherwise. */
  value(builder: GraphBuilder, name: string, shape: readonly number[], type: FloatType = builder.type): Value {
    const tensor = this.tensor(name, shape);
    return builder.initialiser({ name, type, shape, load: () => tensor.read() });
  }

  /** A tensor that may be there and is not needed. */
  ignore(name: string): void {
    this.#taken.add(name);
  }

  /** Throws MODEL_UNFIT unless every tensor was taken, and every one taken was there in its shape. */
  check(): void {
    const surplus = [...this.#tensors.keys()].filter((name) => !this.#taken.has(name));
    const complaints = [
      listed('lacks', [...this.#missing]),
      listed('has other shapes:', [...this.#misshapen.values()]),
      listed('has surplus tensors:', surplus),
    ].filter((complaint) => complaint !== '');
    if (complaints.length > 0)
      throw new CheckpointError(`The checkpoint does not fit its architecture: it ${complaints.join('; it ')}.`);
  }
}

function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length - namesShownMax;
  return `${what} ${names.slice(0, namesShownMax).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
