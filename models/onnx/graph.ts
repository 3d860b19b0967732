/** How a graph stores and computes numbers. */
export type FloatType = 'float32' | 'float16';
export type DataType = FloatType | 'int64' | 'bool';

/** The name of a value inside a graph. */
export type Value = string & { readonly __value: unique symbol };

/** A size: a number, or the name of one that differs from run to run. */
export type Dimension = number | string;

export interface Port {
  readonly name: Value;
  readonly type: DataType;
  readonly shape: readonly Dimension[];
}

export type Attribute = number | string | { readonly float: number } | readonly number[];

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Numbers that belong to the graph; they are loaded when the file is written, one initialiser at a time. */
export interface Initialiser {
  readonly name: Value;
  readonly type: DataType;
  readonly shape: readonly number[];
  load(): Promise<Float32Array> | Float32Array | BigInt64Array;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly nodes: readonly Node[];
  readonly initialisers: readonly Initialiser[];
}

interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly outputs?: number;
}

/** Builds a graph front to back; every value is made before it is used. */
export class GraphBuilder {
  /** What weights are stored and multiplied in; heads and borders stay float32. */
  readonly type: FloatType;
  readonly #name: string;
  readonly #inputs: Port[] = [];
  readonly #outputs: Port[] = [];
  readonly #nodes: Node[] = [];
  readonly #initialisers = new Map<string, Initialiser>();
  #count = 0;

  constructor(name: string, type: FloatType) {
    this.#name = name;
    this.type = type;
  }

  input(name: string, type: DataType, shape: readonly Dimension[]): Value {
    this.#inputs.push({ name: name as Value, type, shape });
    return name as Value;
  }

  /** Gives a value its published name. */
  output(
    name: string,
    value: Value,
    { type = 'float32', shape }: { type?: DataType; shape: readonly Dimension[] },
  ): void {
    this.#nodes.push({ op: 'Identity', inputs: [value], outputs: [name as Value], attributes: {} });
    this.#outputs.push({ name: name as Value, type, shape });
  }

  node(op: string, inputs: readonly (Value | '')[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.nodes(op, inputs, { attributes })[0]!;
  }

  /** A node with several outputs. */
  nodes(op: string, inputs: readonly (Value | '')[], { attributes = {}, outputs = 1 }: NodeOptions): Value[] {
    const stem = `${op}_${this.#count++}`;
    const names = Array.from({ length: outputs }, (_, index) => (index === 0 ? stem : `${stem}_${index}`) as Value);
    this.#nodes.push({ op, inputs, outputs: names, attributes });
    return names;
  }

  /** Numbers with a name; asked for twice, they are stored once. */
  initialiser(initialiser: Omit<Initialiser, 'name'> & { readonly name: string }): Value {
    const name = initialiser.name as Value;
    if (!this.#initialisers.has(name)) this.#initialisers.set(name, { ...initialiser, name });
    return name;
  }

  /** One number, of the weights' type unless told otherwise. */
  scalar(value: number, type: DataType = this.type): Value {
    return this.initialiser({
      name: `constant.${type}.${value}`,
      type,
      shape: [],
      load: () => numbersOf([value], type),
    });
  }

  /** A list of integers: a shape, or axes. */
  integers(values: readonly number[]): Value {
    const load = (): BigInt64Array => BigInt64Array.from(values, BigInt);
    return this.initialiser({ name: `integers.${values.join('_')}`, type: 'int64', shape: [values.length], load });
  }

  cast(value: Value, type: DataType): Value {
    return this.node('Cast', [value], { to: dataTypeCodes[type] });
  }

  /** From the border's float32 to the weights' type. */
  enter(value: Value): Value {
    return this.type === 'float32' ? value : this.cast(value, this.type);
  }

  /** From the weights' type to the border's float32. */
  leave(value: Value): Value {
    return this.type === 'float32' ? value : this.cast(value, 'float32');
  }

  build(): Graph {
    return {
      name: this.#name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      nodes: this.#nodes,
      initialisers: [...this.#initialisers.values()],
    };
  }
}

/** TensorProto.DataType of ONNX. */
export const dataTypeCodes: Readonly<Record<DataType, number>> = { float32: 1, int64: 7, bool: 9, float16: 10 };

function numbersOf(values: readonly number[], type: DataType): Float32Array | BigInt64Array {
  return type === 'int64' ? BigInt64Array.from(values, BigInt) : Float32Array.from(values);
}
