import { openRuntime, type Runtime, type RuntimeSettings, type RuntimeTensor, type Session } from './runtime.ts';

type Outputs = Readonly<Record<string, RuntimeTensor>>;

/** How a provider compares with the CPU on the same graph and the same picture. */
export type ProviderComparison =
  | { readonly kind: 'not-to-be-had'; readonly reason: string }
  | { readonly kind: 'compared'; readonly output: string; readonly difference: number; readonly runMs: number };

interface Trial {
  /** Opens the graph, of one input `pixels` [n, 3, size, size]. */
  open(runtime: Pick<Runtime, 'open'>): Promise<Session>;
  /** Side of the picture. */
  readonly size: number;
}

type Settings = Omit<RuntimeSettings, 'providers' | 'strict'>;

/** Runs a graph on one provider and on the CPU, over a picture that is built in; the difference is relative to the largest value. */
export async function compareWithCpu(provider: string, settings: Settings, trial: Trial): Promise<ProviderComparison> {
  const runtime = await openRuntime({ ...settings, providers: [provider, 'cpu'], strict: false });
  const [reason] = runtime.passedOver;
  if (reason !== undefined) {
    await runtime.close();
    return { kind: 'not-to-be-had', reason: reason.slice(`${provider}: `.length) };
  }
  const ours = await runIn(runtime, trial);
  const onCpu = await openRuntime({ ...settings, providers: ['cpu'], strict: true });
  const { outputs: expected } = await runIn(onCpu, trial);
  const differences = Object.entries(expected).map(([output, tensor]) => ({
    output,
    difference: largestDifference(ours.outputs[output], tensor),
  }));
  const { output, difference } = differences.reduce((worst, one) => (one.difference > worst.difference ? one : worst));
  return { kind: 'compared', output, difference, runMs: ours.runMs };
}

async function runIn(runtime: Runtime, { open, size }: Trial): Promise<{ outputs: Outputs; runMs: number }> {
  try {
    const session = await open(runtime);
    const pixels = { data: picture(size), dims: [1, 3, size, size] };
    await session.run({ pixels }); // the first run of a GPU makes its programs
    const begun = performance.now();
    const outputs = await session.run({ pixels });
    return { outputs, runMs: performance.now() - begun };
  } finally {
    await runtime.close();
  }
}

/** Waves of many lengths, of the size that normalised pictures have. */
function picture(size: number): Float32Array {
  return Float32Array.from({ length: 3 * size * size }, (_, at) => {
    const [x, y, channel] = [at % size, Math.floor(at / size) % size, Math.floor(at / size ** 2)];
    return Math.sin(x / (3 + channel)) + Math.sin((y * (1 + channel)) / 17) * Math.cos((x * y) / size);
  });
}

function largestDifference(ours: RuntimeTensor | undefined, expected: RuntimeTensor): number {
  if (ours?.data.length !== expected.data.length) return Infinity;
  let [worst, largest] = [0, 0];
  for (const [at, value] of expected.data.entries()) {
    const apart = Math.abs(Number(ours.data[at]) - Number(value));
    worst = Math.max(worst, Number.isNaN(apart) ? Infinity : apart);
    largest = Math.max(largest, Math.abs(Number(value)));
  }
  return largest > 0 ? worst / largest : worst;
}
