import { expect, test } from '@jest/globals';
import { Batches } from '#models/runtime/in-batches';
import type { RuntimeTensors } from '#models/runtime/protocol';

const rows = (...values: number[]) => ({ data: Float32Array.from(values), dims: [values.length, 1] });
const shared = { data: Float32Array.of(10), dims: [1] };

/** Adds the shared number to every row, takes so many milliseconds a row, and keeps what it was given. */
function addition(millisecondsPerRow: number) {
  const given: number[][] = [];
  let time = 0;
  let before = Promise.resolve(); // one run at a time, as in the worker
  const run = (inputs: RuntimeTensors): Promise<RuntimeTensors> => {
    const outputs = before.then(() => compute(inputs));
    before = outputs.then(
      () => undefined,
      () => undefined,
    );
    return outputs;
  };
  const compute = ({ x, add }: RuntimeTensors): RuntimeTensors => {
    const values = [...(x!.data as Float32Array)];
    if (values.includes(13)) throw new Error('unlucky');
    given.push(values);
    time += values.length * millisecondsPerRow;
    const sum = Number(add?.data[0] ?? 0);
    return { y: rows(...values.map((value) => value + sum)) };
  };
  return { run, given, now: () => time };
}

const batchesOver = (
  { run, now }: ReturnType<typeof addition>,
  { rowsMax = 64, latencyMs = 1000 }: { rowsMax?: number; latencyMs?: number },
) => new Batches({ run }, ['x'], { rowsMax, latencyMs }, now);

test('rows of several callers are run together, and each gets its own back in order', async () => {
  const graph = addition(1);
  const batches = batchesOver(graph, {});
  await batches.run({ x: rows(0) });
  const answers = await Promise.all([
    batches.run({ x: rows(1, 2, 3) }),
    batches.run({ x: rows(4, 5) }),
    batches.run({ x: rows(6, 7, 8, 9, 10) }),
  ]);
  expect(answers).toEqual([{ y: rows(1, 2, 3) }, { y: rows(4, 5) }, { y: rows(6, 7, 8, 9, 10) }]);
  expect(graph.given.some((values) => values.includes(4) && values.includes(6))).toBe(true);
});

test('a run has no more rows than two of them compute within the bound, and a power of two of them', async () => {
  const graph = addition(10);
  const batches = batchesOver(graph, { latencyMs: 140 });
  const many = Array.from({ length: 21 }, (_, row) => row + 100);
  await batches.run({ x: rows(0) });
  expect(await batches.run({ x: rows(...many) })).toEqual({ y: rows(...many) });
  expect(graph.given.map(({ length }) => length)).toEqual([1, 4, 4, 4, 4, 4, 1]);
});

test('whoever asks for one row does not wait for all of another’s', async () => {
  const graph = addition(10);
  const batches = batchesOver(graph, { rowsMax: 1 });
  const ended: string[] = [];
  await Promise.all([
    batches.run({ x: rows(...Array.from({ length: 20 }, () => 1)) }).then(() => ended.push('many')),
    batches.run({ x: rows(2) }).then(() => ended.push('one')),
  ]);
  expect(ended).toEqual(['one', 'many']);
  expect(graph.given.findIndex(([value]) => value === 2)).toBeLessThan(4);
});

test('rows go together only where what holds for all of them is the same', async () => {
  const graph = addition(1);
  const batches = batchesOver(graph, {});
  await batches.run({ x: rows(0), add: shared });
  const other = { data: Float32Array.of(20), dims: [1] };
  const answers = await Promise.all([
    batches.run({ x: rows(1, 2), add: shared }),
    batches.run({ x: rows(3, 4), add: other }),
    batches.run({ x: rows(5, 6), add: shared }),
  ]);
  expect(answers).toEqual([{ y: rows(11, 12) }, { y: rows(23, 24) }, { y: rows(15, 16) }]);
});

test('on the CPU, one row a run, nobody’s rows depend on what others ask for', async () => {
  const graph = addition(1);
  const batches = batchesOver(graph, { rowsMax: 1 });
  await Promise.all([batches.run({ x: rows(1, 2, 3) }), batches.run({ x: rows(4, 5) })]);
  expect(graph.given.every(({ length }) => length === 1)).toBe(true);
});

test('a run that fails fails those whose rows were in it, and the others go on', async () => {
  const graph = addition(1);
  const batches = batchesOver(graph, { rowsMax: 1 });
  const lost = batches.run({ x: rows(12, 13, 14) });
  const kept = batches.run({ x: rows(1, 2) });
  await expect(lost).rejects.toThrow('unlucky');
  expect(await kept).toEqual({ y: rows(1, 2) });
  expect(await batches.run({ x: rows(3) })).toEqual({ y: rows(3) });
});

test('inputs with differing numbers of rows are left to the graph to judge', async () => {
  const given: RuntimeTensors[] = [];
  const run = async (inputs: RuntimeTensors): Promise<RuntimeTensors> => (given.push(inputs), inputs);
  const batches = new Batches({ run }, ['x', 'z'], { rowsMax: 4, latencyMs: 10 });
  await batches.run({ x: rows(1, 2), z: rows(1) });
  expect(given).toEqual([{ x: rows(1, 2), z: rows(1) }]);
});
