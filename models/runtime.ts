import { Worker } from 'node:worker_threads';
import { AgentError } from '#domain/errors';
import { WorkerLine } from '#src/threads/worker-line';
import { Batches } from './runtime/in-batches.ts';
import { buffersOf, type Opened, type Question, type RuntimeTensor, type RuntimeTensors } from './runtime/protocol.ts';
import { trialModel } from './runtime/trial-model.ts';

export type { RuntimeTensor } from './runtime/protocol.ts';

/** A graph, loaded. Runs over rows are put together and taken in turns; others are queued in the order they are asked for. */
export interface Session {
  /** The inputs are copied: they stay the caller's, who leaves them as they are until the outputs come. */
  run(inputs: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
  close(): Promise<void>;
}

/** ONNX Runtime on the first execution provider that computes here. */
export interface Runtime {
  readonly provider: string;
  /** The providers that were asked for before it and cannot be had, each with the reason. */
  readonly passedOver: readonly string[];
  open(path: string): Promise<Session>;
  close(): Promise<void>;
}

export interface RuntimeSettings {
  readonly providers: readonly string[];
  readonly strict: boolean;
  readonly threads: number;
  /** Numbers that models will be run in: a provider that cannot is passed over. Default: single precision. */
  readonly precision?: 'fp32' | 'fp16' | undefined;
  /** How long one run may take where rows are run together: others wait that long for their turn. */
  readonly latencyMs?: number | undefined;
  /** Rows of one run, at most. Default: one on the CPU, which gains nothing by more, and 32 elsewhere. */
  readonly batch?: number | undefined;
}

const latencyDefaultMs = 1000;
// On the CPU a row alone has the same bits whatever else is asked for meanwhile.
const rowsMaxOn = (provider: string): number => (provider === 'cpu' ? 1 : 32);

/** Tries the providers in order with a real run. Throws MODEL_UNAVAILABLE where none computes, or, if strict, where the first does not. */
export function openRuntime(settings: RuntimeSettings): Promise<Runtime> {
  return openRuntimeIn(startWorker, settings);
}

/** A new worker that holds ONNX Runtime. */
export function startWorker(): Worker {
  return new Worker(new URL('./runtime-worker.ts', import.meta.url));
}

/** The same over workers of the caller's making. */
export async function openRuntimeIn(start: () => Worker, settings: RuntimeSettings): Promise<Runtime> {
  const link = new WorkerLine<Question>(start, unavailable);
  try {
    const { provider, passedOver } = await choose(link, settings);
    return {
      provider,
      passedOver,
      open: (path) => openSession(link, { ...settings, provider, path }),
      close: () => link.close(),
    };
  } catch (thrown) {
    await link.close();
    throw thrown;
  }
}

async function choose(
  link: WorkerLine<Question>,
  { providers, strict, precision }: RuntimeSettings,
): Promise<Pick<Runtime, 'provider' | 'passedOver'>> {
  const model = await trialModel(precision === 'fp16' ? 'float16' : 'float32');
  const passedOver: string[] = [];
  for (const provider of providers) {
    const against = (await link.ask({ kind: 'try', provider, model })) as string | undefined;
    if (against === undefined) return { provider, passedOver };
    passedOver.push(`${provider}: ${against}`);
    if (strict) break;
  }
  throw new AgentError('MODEL_UNAVAILABLE', `No execution provider can be had (${passedOver.join('; ')}).`);
}

interface Opening extends Pick<RuntimeSettings, 'threads' | 'latencyMs' | 'batch'> {
  readonly provider: string;
  readonly path: string;
}

async function openSession(link: WorkerLine<Question>, opening: Opening): Promise<Session> {
  const { provider, path, threads, latencyMs = latencyDefaultMs, batch = rowsMaxOn(provider) } = opening;
  const open = async () => {
    const { life } = link;
    return { life, ...((await link.ask({ kind: 'open', provider, path, threads })) as Opened) };
  };
  let current = open();
  let isClosed = false;
  const { rowInputs } = await current;
  const living = async (): Promise<number> => {
    const known = current;
    const opened = await known.catch(() => undefined);
    // Opened again once after the worker died, whoever of several callers notices first.
    if (opened?.life !== link.life && current === known) current = open();
    return (await current).session;
  };
  const run = async (inputs: RuntimeTensors): Promise<RuntimeTensors> => {
    if (isClosed) throw new AgentError('MODEL_UNAVAILABLE', 'The session is closed.');
    const session = await living();
    const copies = copyOf(inputs);
    return (await link.ask({ kind: 'run', session, inputs: copies }, buffersOf(copies))) as RuntimeTensors;
  };
  const batches = new Batches({ run }, rowInputs, { rowsMax: batch, latencyMs });
  return {
    run: (inputs) => batches.run(inputs),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      const opened = await current.catch(() => undefined);
      if (opened?.life === link.life) await link.ask({ kind: 'release', session: opened.session });
    },
  };
}

function unavailable(cause: unknown, isClosed: boolean): AgentError {
  const detail = isClosed
    ? 'The runtime is closed.'
    : 'The thread that runs models ended; it starts again with the next call.';
  return new AgentError('MODEL_UNAVAILABLE', detail, { cause });
}

/** Copies that own their buffers: a view would drag along all it looks at. */
function copyOf(inputs: RuntimeTensors): RuntimeTensors {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { data, dims }]) => [name, { data: data.slice(), dims: [...dims] }]),
  );
}
