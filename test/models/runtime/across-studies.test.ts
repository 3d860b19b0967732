import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from '@jest/globals';
import { embedPictures } from '#models/echoclip/embed';
import { openImportedModel } from '#models/imported-model';
import { provideModel } from '#models/provide';
import { openRuntimeIn, startWorker, type Runtime } from '#models/runtime';
import type { Question } from '#models/runtime/protocol';
import type { Call } from '#src/threads/answering';

const folder = mkdtempSync(join(tmpdir(), 'apical-across-'));
const opened: Runtime[] = [];
afterAll(async () => {
  await Promise.all(opened.map((runtime) => runtime.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** The model that ships, and how many pictures each run of its image encoder had. */
async function imageEncoder(batch?: number) {
  const runs: number[] = [];
  const start = (): Worker => {
    const worker = startWorker();
    const post = worker.postMessage.bind(worker) as (call: Call<Question>, transfer?: ArrayBuffer[]) => void;
    worker.postMessage = (call: Call<Question>, transfer?: ArrayBuffer[]) => {
      if (call.question.kind === 'run') runs.push(call.question.inputs['pixels']!.dims[0]!);
      post(call, transfer);
    };
    return worker;
  };
  const providers = { providers: ['cpu'], strict: true, threads: 1 };
  // A bound that no load on the machine reaches: how it limits the rows is held by in-batches.test.ts.
  const runtime = await openRuntimeIn(start, { ...providers, batch, latencyMs: 600_000 });
  opened.push(runtime);
  const model = await openImportedModel(await provideModel({ id: 'phantom-echoclip', modelsFolder: folder }), 'clip', {
    runtime,
  });
  const { imageSize: size, embedWidth: width = 0 } = model.manifest;
  const session = await model.open('image');
  const clip = (seed: number, frames: number) =>
    Float32Array.from({ length: frames * 3 * size * size }, (_, at) => Math.sin(at * 0.37 + seed));
  const embed = async (pixels: Float32Array) =>
    (await embedPictures(session, pixels, { size, width, batch: 32 })).embeddings.data as Float32Array;
  return { runs, clip, embed };
}

test('clips of several studies that wait together are one run, and each gets what it would have got alone', async () => {
  const { runs, clip, embed } = await imageEncoder(8);
  const [first, second, third] = [clip(1, 3), clip(2, 3), clip(3, 2)];
  const alone = [await embed(first), await embed(second), await embed(third)];
  runs.length = 0;
  const busy = [embed(clip(4, 1)), embed(clip(5, 1))];
  const together = await Promise.all([embed(first), embed(second), embed(third)]);
  await Promise.all(busy);
  expect(runs).toEqual([1, 1, 8]);
  for (const [index, embedding] of together.entries())
    for (const [at, value] of embedding.entries()) expect(value).toBeCloseTo(alone[index]![at]!, 5);
}, 60_000);

test('on the CPU each frame is a run of its own, so that a clip has the same bits whatever waits beside it', async () => {
  const { runs, clip, embed } = await imageEncoder();
  const alone = await embed(clip(1, 2));
  const [together] = await Promise.all([embed(clip(1, 2)), embed(clip(2, 2))]);
  expect(together).toEqual(alone);
  expect(runs).toEqual([1, 1, 1, 1, 1, 1]);
}, 60_000);
