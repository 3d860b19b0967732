import { expect, test } from '@jest/globals';
import { GraphBuilder } from '#models/onnx/graph';
import { writeModel } from '#models/onnx/write-model';

const producer = { name: 'test', version: '1' };

async function written(builder: GraphBuilder): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  await writeModel(builder.build(), producer, async (bytes) => void pieces.push(Uint8Array.from(bytes)));
  return Buffer.concat(pieces);
}

test('a graph is written field by field as ONNX’s protobuf defines', async () => {
  const builder = new GraphBuilder('g', 'float32');
  const x = builder.input('x', 'float32', ['n', 2]);
  const half = builder.scalar(0.5);
  builder.output('y', builder.node('Mul', [x, half], { axis: -1 }), { shape: ['n', 2] });
  const expected = [
    '08 08', // ir_version 8
    '12 04 74657374', // producer_name "test"
    '1a 01 31', // producer_version "1"
    '42 04 0a 00 10 11', // opset_import { domain "", version 17 }
    '3a b501', // graph, 181 bytes: all that follow
    '0a 42', // node { inputs, output, name, op_type, attribute }
    '0a 01 78', // input "x"
    '0a 14 636f6e7374616e742e666c6f617433322e302e35', // input "constant.float32.0.5"
    '12 05 4d756c5f30', // output "Mul_0"
    '1a 05 4d756c2e30', // name "Mul.0"
    '22 03 4d756c', // op_type "Mul"
    '2a 14 0a 04 61786973 18 ffffffffffffffffff01 a001 02', // attribute { name "axis", i -1, type INT }
  ]
    .join('')
    .replaceAll(' ', '');
  const bytes = await written(builder);
  expect(bytes.toString('hex')).toMatch(new RegExp(`^${expected}`));
  expect(bytes.length - bytes.indexOf('3ab501', 'hex') - 3).toBe(181);
});

test('numbers asked for twice are stored once', () => {
  const builder = new GraphBuilder('g', 'float32');
  builder.scalar(2);
  builder.scalar(2);
  builder.integers([1, 2]);
  expect(builder.build().initialisers.map(({ name }) => name)).toEqual(['constant.float32.2', 'integers.1_2']);
});

test('a number beyond float16 is refused by the name of its tensor', async () => {
  const builder = new GraphBuilder('g', 'float16');
  builder.initialiser({ name: 'w', type: 'float16', shape: [2], load: () => Float32Array.of(1, 70_000) });
  await expect(written(builder)).rejects.toMatchObject({
    code: 'MODEL_UNFIT',
    detail: expect.stringContaining('Tensor w'),
  });
});

test('a tensor with fewer numbers than its shape says is refused', async () => {
  const builder = new GraphBuilder('g', 'float32');
  builder.initialiser({ name: 'w', type: 'float32', shape: [3], load: () => new Float32Array(2) });
  await expect(written(builder)).rejects.toMatchObject({ detail: expect.stringContaining('Tensor w') });
});

test('a model beyond 2 GiB is refused before a number of it is read', async () => {
  const builder = new GraphBuilder('g', 'float32');
  const load = (): Float32Array => {
    throw new Error('read');
  };
  builder.initialiser({ name: 'w', type: 'float32', shape: [2 ** 29], load });
  await expect(written(builder)).rejects.toMatchObject({ detail: expect.stringContaining('2 GiB') });
});
