import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import {
  dataTypeCodes,
  type Attribute,
  type DataType,
  type Graph,
  type Initialiser,
  type Node,
  type Port,
} from './graph.ts';
import { bytesField, floatField, integerField, messageField, openField, textField } from './protobuf.ts';

/** The operator set: the first with LayerNormalization, and one that every execution provider of onnxruntime knows. */
export const opset = 17;
const irVersion = 8;
/** A protobuf message ends at 2 GiB; larger models would need a second file. */
const modelBytesMax = 2 ** 31 - 1;

export type Sink = (bytes: Uint8Array) => Promise<void>;

/** Writes a graph as an ONNX model, piece by piece: no more than one initialiser is in memory at a time. */
export async function writeModel(
  graph: Graph,
  producer: { readonly name: string; readonly version: string },
  sink: Sink,
): Promise<void> {
  const front = [
    integerField(1, irVersion),
    textField(2, producer.name),
    textField(3, producer.version),
    messageField(8, [textField(1, ''), integerField(2, opset)]),
  ];
  const head = Buffer.concat([
    ...graph.nodes.map((node, index) => messageField(1, nodeFields(node, index))),
    textField(2, graph.name),
  ]);
  const ports = Buffer.concat([
    ...graph.inputs.map((port) => portField(11, port)),
    ...graph.outputs.map((port) => portField(12, port)),
  ]);
  const tensors = graph.initialisers.map((initialiser) => tensorHead(initialiser));
  const graphBytes = tensors.reduce(
    (total, { open, bytes }) => total + open.length + bytes,
    head.length + ports.length,
  );
  if (graphBytes > modelBytesMax)
    throw new CheckpointError('The model is larger than 2 GiB, more than one ONNX file can hold: use a smaller model.');
  await sink(Buffer.concat([...front, openField(7, graphBytes), head]));
  for (const [index, { open, bytes }] of tensors.entries()) {
    const numbers = await numberBytes(graph.initialisers[index]!);
    if (numbers.byteLength !== bytes)
      throw new CheckpointError(`Tensor ${graph.initialisers[index]!.name} has not as many numbers as its shape says.`);
    await sink(open);
    await sink(numbers);
  }
  await sink(ports);
}

/** What the numbers of a graph take, once written. */
export function bytesOf({ initialisers }: Graph): number {
  return initialisers.reduce(
    (total, { type, shape }) => total + shape.reduce((product, size) => product * size, bytesPer[type]),
    0,
  );
}

const bytesPer: Readonly<Record<DataType, number>> = { float32: 4, float16: 2, int64: 8, bool: 1 };

function tensorHead({ name, type, shape }: Initialiser): { open: Buffer; bytes: number } {
  const bytes = shape.reduce((product, size) => product * size, bytesPer[type]);
  const fields = Buffer.concat([
    ...shape.map((size) => integerField(1, size)),
    integerField(2, dataTypeCodes[type]),
    textField(8, name),
    openField(9, bytes),
  ]);
  return { open: Buffer.concat([openField(5, fields.length + bytes), fields]), bytes };
}

async function numberBytes({ name, type, load }: Initialiser): Promise<Uint8Array> {
  const numbers = await load();
  if (numbers instanceof Float32Array && !numbers.every(Number.isFinite)) {
    throw new CheckpointError(
      `Tensor ${name} holds values that are not finite numbers: the checkpoint is damaged; download it again.`,
    );
  }
  const stored = type === 'float16' ? toFloat16(name, numbers as Float32Array) : numbers;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

function toFloat16(name: string, numbers: Float32Array): Float16Array {
  const halves = new Float16Array(numbers);
  if (!halves.every(Number.isFinite))
    throw new CheckpointError(`Tensor ${name} holds values beyond float16's 65504: import it in float32 only.`);
  return halves;
}

function nodeFields({ op, inputs, outputs, attributes }: Node, index: number): Buffer[] {
  return [
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(3, `${op}.${index}`),
    textField(4, op),
    ...Object.entries(attributes).map(([name, value]) => messageField(5, attributeFields(name, value))),
  ];
}

/** AttributeProto: the value in the field of its kind, and that kind in field 20. */
function attributeFields(name: string, value: Attribute): Buffer[] {
  const label = textField(1, name);
  if (typeof value === 'number') return [label, integerField(3, value), integerField(20, 2)];
  if (typeof value === 'string') return [label, textField(4, value), integerField(20, 3)];
  if ('float' in value) return [label, floatField(2, value.float), integerField(20, 1)];
  return [label, ...value.map((item) => integerField(8, item)), integerField(20, 7)];
}

function portField(field: number, { name, type, shape }: Port): Buffer {
  const sizes = shape.map((size) =>
    messageField(1, [typeof size === 'number' ? integerField(1, size) : textField(2, size)]),
  );
  const tensorType = [integerField(1, dataTypeCodes[type]), messageField(2, sizes)];
  return messageField(field, [textField(1, name), bytesField(2, messageField(1, tensorType))]);
}
