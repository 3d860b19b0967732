import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor, env } from 'onnxruntime-node';
import { createClipReader } from '#look/clip-reader';
import { embedFrames, type FrameEmbedding } from '#models/echoclip/embed';
import { selectFrames } from '#models/echoclip/model';
import { openImportedModel, readManifest } from '#models/imported-model';
import { normalise } from '#models/normalise';
import { drawHeart } from '#models/phantom/heart';
import { randomOf } from '#models/phantom/random';
import { recordingsOf } from '#models/phantom/recordings';
import { makePhantomStudy } from '#models/phantom/study';
import { provideModel } from '#models/provide';
import { openRuntime } from '#models/runtime';

// npm run bench:inference -- --model data/models/echoclip --clips 4 --rounds 5
//
// The same frames by two ways, by turns: from DICOM files to embeddings, as the agent does it (JPEG decoded, masked, cropped,
// scaled and normalised in readers, run in the runtime's thread), and through the bare session of ONNX Runtime, from
// numbers that lie ready. With --against FILE.onnx, after that, our graph and another of the same network, bare, run by run.

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    against: { type: 'string' },
    provider: { type: 'string', default: 'cpu' },
    precision: { type: 'string', default: 'fp32' },
    threads: { type: 'string', default: '2' },
    batch: { type: 'string', default: '1' },
    readers: { type: 'string', default: '2' },
    clips: { type: 'string', default: '4' },
    frames: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '5' },
  },
});
const [threads, batch, clips, rounds] = [values.threads, values.batch, values.clips, values.rounds].map(Number) as [
  number,
  number,
  number,
  number,
];
const precision = values.precision === 'fp16' ? 'fp16' : 'fp32';
const say = (line: string) => void process.stdout.write(`${line}\n`);
env.logLevel = 'fatal';

const folder = await mkdtemp(join(tmpdir(), 'apical-bench-'));
const limits = { timeLimitMs: 60_000, memoryLimitMb: 1024 };
const reader = createClipReader({ workers: Number(values.readers), ...limits });
const runtime = await openRuntime({ providers: [values.provider], strict: true, threads, batch, precision });
try {
  await bench();
} finally {
  await runtime.close();
  await reader.close();
  await rm(folder, { recursive: true, force: true });
}

interface Way {
  readonly name: string;
  /** Frames embedded, in order. */
  run(): Promise<Float32Array[]>;
}

async function bench(): Promise<void> {
  const model = values.model ?? (await provideModel({ id: 'phantom-echoclip', modelsFolder: folder }));
  const { id, imageSize: size, mean, std, embedWidth: width = 0, files, float16Files } = await readManifest(model);
  const embedding: FrameEmbedding = { size, mean, std, order: 'bgr', batch: 8, width };
  const paths = await makeClips();
  const prepare = async (path: string) => {
    const frames = (await reader.examine(path)).image?.frames ?? 0;
    return reader.prepare(path, { frameIndices: selectFrames(frames), size });
  };
  const images = await (await openImportedModel(model, 'clip', { runtime, precision })).open('image');
  const whole: Way = {
    name: 'from DICOM to embedding',
    run: () => inTurns(paths, async (path) => (await embedFrames(images, await prepare(path), embedding)).embeddings),
  };
  const pixels = await Promise.all(paths.map(async (path) => normalise((await prepare(path)).pixels, embedding)));
  const own = join(model, ((precision === 'fp16' ? float16Files : files)?.image ?? { file: '' }).file);
  const session = await openBare(own);
  const bare: Way = {
    name: 'bare session',
    run: async () => {
      const rows: Float32Array[] = [];
      for (const data of pixels.flatMap((clip) => piecesOf(clip, size))) rows.push(await runBare(session, data, size));
      return rows;
    },
  };
  const frames = pixels.reduce((sum, clip) => sum + clip.length / (3 * size * size), 0);
  say(
    `${id} on ${runtime.provider}, ${precision}, ${threads} threads, ${batch} a run: ${frames} frames of ${clips} clips`,
  );
  await compare([whole, bare], frames);
  if (values.against === undefined) return;
  const pieces = pixels.flatMap((clip) => piecesOf(clip, size));
  await compareGraphs([session, await openBare(values.against)], pieces, size);
}

async function compare(ways: readonly [Way, Way], frames: number): Promise<void> {
  const ratios: Ratio[] = [];
  const spent: { readonly graph: number; readonly rest: number }[] = [];
  for (let round = -1; round < rounds; round++) {
    const results = await byTurns(round, ways, ({ run }) => measure(run, frames));
    const told = results.map(
      ({ rate, cpuMs }, way) => `${ways[way]!.name} ${rate.toFixed(2)}/s ${cpuMs.toFixed(1)} ms`,
    );
    say(`${round < 0 ? 'warm-up' : `round ${round + 1}`}: ${told.join(', ')}`);
    if (round < 0) continue;
    ratios.push(ratio(...results));
    spent.push({ graph: results[1].cpuMs, rest: results[0].cpuMs - results[1].cpuMs });
  }
  report('whole path over bare session', ratios);
  const [graph, rest] = [median(spent.map(({ graph }) => graph)), median(spent.map(({ rest }) => rest))];
  say(`processor time of a frame: the graph ${graph.toFixed(1)} ms, reading and preparing it ${rest.toFixed(1)} ms`);
  if (rest > graph)
    say('This network is so small that reading the files decides: the ratio says nothing of how it is run.');
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function compareGraphs(
  graphs: readonly [InferenceSession, InferenceSession],
  pieces: readonly Float32Array[],
  size: number,
): Promise<void> {
  const ratios: Ratio[] = [];
  let worst = 0;
  for (const [turn, data] of Array.from({ length: rounds }, () => pieces)
    .flat()
    .entries()) {
    const outputs: Float32Array[] = [];
    const results = await byTurns(turn, graphs, (graph) =>
      measure(async () => outputs.push(await runBare(graph, data, size)), 1),
    );
    if (turn > 0) ratios.push(ratio(...results));
    worst = Math.max(worst, difference(outputs[0]!, outputs[1]!));
  }
  report(`our graph over the other, ${ratios.length} pairs of runs`, ratios);
  say(`largest difference of their embeddings: ${worst.toExponential(1)} of the largest value`);
}

/** Works on both, the second first at every other turn. */
async function byTurns<Item, Result>(
  turn: number,
  [first, second]: readonly [Item, Item],
  work: (item: Item) => Promise<Result>,
): Promise<[Result, Result]> {
  if (turn % 2 !== 0) return [await work(first), await work(second)];
  const result = await work(second);
  return [await work(first), result];
}

interface Measured {
  readonly rate: number;
  /** Processor time of one frame, of all threads. */
  readonly cpuMs: number;
}

interface Ratio {
  readonly rate: number;
  readonly cpu: number;
}

async function measure(run: () => Promise<unknown>, frames: number): Promise<Measured> {
  const [before, begun] = [process.cpuUsage(), performance.now()];
  await run();
  const { user, system } = process.cpuUsage(before);
  return { rate: (frames / (performance.now() - begun)) * 1000, cpuMs: (user + system) / 1000 / frames };
}

/** Above 1 where the first is the quicker one. */
function ratio(first: Measured, second: Measured): Ratio {
  return { rate: first.rate / second.rate, cpu: second.cpuMs / first.cpuMs };
}

function report(what: string, ratios: readonly Ratio[]): void {
  const spread = (values: number[]): string => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return `${median(values).toFixed(3)} (${least.toFixed(3)} to ${most.toFixed(3)})`;
  };
  say(
    `${what}: frames a second ${spread(ratios.map(({ rate }) => rate))}, by processor time ${spread(ratios.map(({ cpu }) => cpu))}`,
  );
}

/** Two clips under way: one is decoded while the other is embedded. */
async function inTurns<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const rest = [...items.entries()];
  const go = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all([go(), go()]);
  return results;
}

function openBare(path: string): Promise<InferenceSession> {
  return InferenceSession.create(path, {
    executionProviders: [values.provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } }, // as ours
  });
}

async function runBare(session: InferenceSession, data: Float32Array, size: number): Promise<Float32Array> {
  const rows = data.length / (3 * size * size);
  const { embedding } = await session.run({ pixels: new Tensor('float32', data, [rows, 3, size, size]) });
  return embedding!.data as Float32Array;
}

/** The pictures of each run. */
function piecesOf(clip: Float32Array, size: number): Float32Array[] {
  const length = batch * 3 * size * size;
  return Array.from({ length: Math.ceil(clip.length / length) }, (_, run) =>
    clip.subarray(run * length, (run + 1) * length),
  );
}

function difference(ours: Float32Array, theirs: Float32Array): number {
  const largest = Math.max(...theirs.map(Math.abs));
  return Math.max(...theirs.map((value, at) => Math.abs(value - ours[at]!))) / largest;
}

/** Cines of phantoms as most scanners write them: baseline JPEG. */
async function makeClips(): Promise<readonly string[]> {
  const study = makePhantomStudy({
    seed: 'bench',
    patientId: 'BENCH',
    patientName: 'Bench',
    heart: drawHeart(randomOf('bench')),
    recordings: recordingsOf({ clips, views: ['A4C'] }),
    frames: Number(values.frames),
    encodings: [{}],
    startedAt: Date.UTC(2026, 0, 1),
  });
  const paths: string[] = [];
  for await (const { name, bytes } of study) {
    paths.push(join(folder, `${name}.dcm`));
    await writeFile(paths.at(-1)!, bytes);
  }
  return paths;
}
