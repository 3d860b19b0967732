import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from '@jest/globals';
import { openRuntime, openRuntimeIn, startWorker, type Runtime } from '#models/runtime';
import { trialModel } from '#models/runtime/trial-model';

const folder = mkdtempSync(join(tmpdir(), 'runtime-'));
const model = join(folder, 'square.onnx');
writeFileSync(model, await trialModel());
const onCpu = { providers: ['cpu'], strict: true, threads: 1 };
const opened: Runtime[] = [];
const kept = async (runtime: Promise<Runtime>): Promise<Runtime> => {
  opened.push(await runtime);
  return runtime;
};

afterAll(async () => {
  await Promise.all(opened.map((runtime) => runtime.close()));
  rmSync(folder, { recursive: true });
});

test('a graph runs on the CPU, and the inputs stay the caller’s', async () => {
  const runtime = await kept(openRuntime(onCpu));
  const session = await runtime.open(model);
  const whole = Float32Array.of(9, 9, 1, 0, 0, 2, 9);
  const x = { data: whole.subarray(2, 6), dims: [2, 2] };
  const { y } = await session.run({ x });
  expect(runtime).toMatchObject({ provider: 'cpu', passedOver: [] });
  expect(y).toEqual({ data: Float32Array.of(1, 0, 0, 4), dims: [2, 2] });
  expect(whole).toEqual(Float32Array.of(9, 9, 1, 0, 0, 2, 9));
});

test('a provider that cannot be had is passed over by name, with the reason', async () => {
  const runtime = await kept(openRuntime({ providers: ['abacus', 'cpu'], strict: false, threads: 1 }));
  expect(runtime.provider).toBe('cpu');
  expect(runtime.passedOver).toEqual(['abacus: not in this build of ONNX Runtime']);
});

test('strict refuses to fall back', async () => {
  await expect(openRuntime({ providers: ['abacus', 'cpu'], strict: true, threads: 1 })).rejects.toMatchObject({
    code: 'MODEL_UNAVAILABLE',
    detail: expect.stringContaining('abacus: not in this build'),
  });
});

test('a missing graph, a damaged graph and inputs of another shape are the model’s fault', async () => {
  const runtime = await kept(openRuntime(onCpu));
  const damaged = join(folder, 'damaged.onnx');
  writeFileSync(damaged, 'no graph at all');
  await expect(runtime.open(join(folder, 'missing.onnx'))).rejects.toMatchObject({ code: 'MODEL_UNFIT' });
  await expect(runtime.open(damaged)).rejects.toMatchObject({ code: 'MODEL_UNFIT' });
  const session = await runtime.open(model);
  const run = session.run({ x: { data: new Float32Array(6), dims: [2, 3] } });
  await expect(run).rejects.toMatchObject({ code: 'MODEL_UNFIT' });
});

test('a worker that dies fails its calls, and the next call finds a new one with the session open', async () => {
  const workers: Worker[] = [];
  const start = (): Worker => {
    workers.push(startWorker());
    return workers.at(-1)!;
  };
  const runtime = await kept(openRuntimeIn(start, onCpu));
  const session = await runtime.open(model);
  const x = { data: Float32Array.of(1, 1, 0, 1), dims: [2, 2] };
  const lost = session.run({ x });
  await Promise.all([expect(lost).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' }), workers[0]!.terminate()]);
  const [first, second] = await Promise.all([session.run({ x }), session.run({ x })]);
  expect(first['y']?.data).toEqual(Float32Array.of(1, 2, 0, 1));
  expect(second).toEqual(first);
  expect(workers).toHaveLength(2);
});

test('what ended a worker is the cause of the calls that failed by it', async () => {
  const start = (): Worker => new Worker('throw new Error("no such library")', { eval: true });
  await expect(openRuntimeIn(start, onCpu)).rejects.toMatchObject({
    code: 'MODEL_UNAVAILABLE',
    cause: expect.objectContaining({ message: 'no such library' }),
  });
});

test('a closed session refuses further runs, also when another takes its place', async () => {
  const runtime = await kept(openRuntime(onCpu));
  const session = await runtime.open(model);
  await session.close();
  await session.close();
  await runtime.open(model);
  const x = { data: new Float32Array(4), dims: [2, 2] };
  await expect(session.run({ x })).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
});

test('a closed runtime refuses further runs', async () => {
  const runtime = await openRuntime(onCpu);
  const session = await runtime.open(model);
  await runtime.close();
  const x = { data: new Float32Array(4), dims: [2, 2] };
  await expect(session.run({ x })).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
  await expect(runtime.open(model)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
});
