import type { RuntimeTensor, RuntimeTensors } from './protocol.ts';

/** What runs a graph, once for every call. */
export interface Runs {
  run(inputs: RuntimeTensors): Promise<RuntimeTensors>;
}

export interface BatchBounds {
  /** Rows of one run, at most. */
  readonly rowsMax: number;
  /** How long one run may take: whoever comes next waits no longer than that for its turn. */
  readonly latencyMs: number;
}

/** Rows of one caller, and what became of those that were run. */
interface Job {
  readonly rows: Readonly<Record<string, RuntimeTensor>>;
  /** Inputs that hold for every row, such as a sentence. */
  readonly shared: Readonly<Record<string, RuntimeTensor>>;
  readonly count: number;
  begun: number;
  ended: number;
  readonly parts: { readonly from: number; readonly outputs: RuntimeTensors }[];
  resolve(outputs: RuntimeTensors): void;
  reject(thrown: unknown): void;
}

interface Share {
  readonly job: Job;
  readonly from: number;
  readonly count: number;
}

const runsRemembered = 8;
// While one computes the next is at hand already, so that the graph never waits for its callers.
const runsAtOnce = 2;

/**
 * Runs a graph over rows, [rows, ...], of several callers: together as far as the bounds allow, in turns beyond.
 * The inputs must not change until their outputs come.
 */
export class Batches implements Runs {
  readonly #session: Runs;
  readonly #rowInputs: ReadonlySet<string>;
  readonly #bounds: BatchBounds;
  readonly #now: () => number;
  readonly #waiting: Job[] = [];
  /** Milliseconds a row of the last runs. */
  readonly #pace: number[] = [];
  #running = 0;
  #lastEnd = -Infinity;

  constructor(
    session: Runs,
    rowInputs: readonly string[],
    bounds: BatchBounds,
    now: () => number = () => performance.now(),
  ) {
    this.#session = session;
    this.#rowInputs = new Set(rowInputs);
    this.#bounds = bounds;
    this.#now = now;
  }

  run(inputs: RuntimeTensors): Promise<RuntimeTensors> {
    const [rows, shared]: [Record<string, RuntimeTensor>, Record<string, RuntimeTensor>] = [{}, {}];
    for (const [name, tensor] of Object.entries(inputs)) (this.#rowInputs.has(name) ? rows : shared)[name] = tensor;
    const count = rowsOf(rows);
    // What has no rows, or not as many everywhere, is the graph's to judge.
    if (count === undefined) return this.#session.run(inputs);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rows, shared, count, begun: 0, ended: 0, parts: [], resolve, reject });
      if (this.#running < runsAtOnce) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#running++;
    while (this.#waiting.length > 0) await this.#runSome(this.#take());
    this.#running--;
  }

  /** The next run's rows: of the caller whose turn it is, and of others whose rows go with them. */
  #take(): readonly Share[] {
    const first = this.#waiting[0]!;
    const alike = this.#waiting.filter((job) => job === first || goesWith(job, first));
    const left = alike.reduce((sum, { count, begun }) => sum + count - begun, 0);
    // A power of two: a GPU prepares itself for every size anew.
    let free = 2 ** Math.floor(Math.log2(Math.min(left, this.#rowsNow())));
    const shares: Share[] = [];
    for (const job of alike) {
      const count = Math.min(free, job.count - job.begun);
      if (count === 0) break;
      shares.push({ job, from: job.begun, count });
      job.begun += count;
      free -= count;
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
      if (job.begun < job.count) this.#waiting.push(job);
    }
    return shares;
  }

  /** As many rows as the bound allows at the pace of the quickest run lately: what another model did meanwhile counts against nobody. */
  #rowsNow(): number {
    if (this.#pace.length === 0) return 1;
    const { rowsMax, latencyMs } = this.#bounds;
    return Math.max(1, Math.min(rowsMax, Math.floor(latencyMs / runsAtOnce / Math.min(...this.#pace))));
  }

  #learn(begun: number, count: number): void {
    const now = this.#now();
    this.#pace.push((now - Math.max(begun, this.#lastEnd)) / count);
    if (this.#pace.length > runsRemembered) this.#pace.shift();
    this.#lastEnd = now;
  }

  async #runSome(shares: readonly Share[]): Promise<void> {
    try {
      const count = shares.reduce((sum, share) => sum + share.count, 0);
      const begun = this.#now();
      const outputs = await this.#session.run({ ...joined(shares), ...shares[0]!.job.shared });
      this.#learn(begun, count);
      let at = 0;
      for (const { job, from, count } of shares) {
        job.parts.push({ from, outputs: shares.length === 1 ? outputs : cut(outputs, at, count) });
        job.ended += count;
        at += count;
        if (job.ended === job.count) job.resolve(inOrder(job.parts));
      }
    } catch (thrown) {
      for (const { job } of shares) {
        const place = this.#waiting.indexOf(job);
        if (place >= 0) this.#waiting.splice(place, 1);
        job.reject(thrown);
      }
    }
  }
}

function inOrder(parts: Job['parts']): RuntimeTensors {
  return stacked([...parts].sort((a, b) => a.from - b.from).map(({ outputs }) => outputs));
}

function rowsOf(rows: RuntimeTensors): number | undefined {
  const counts = new Set(Object.values(rows).map(({ dims }) => dims[0] ?? 0));
  const [count = 0] = counts;
  return counts.size === 1 && count > 0 ? count : undefined;
}

/** True where rows have the same shape, and what holds for all of them is the very same. */
function goesWith(job: Job, first: Job): boolean {
  return (
    Object.entries(first.shared).every(([name, { data }]) => job.shared[name]?.data === data) &&
    Object.entries(first.rows).every(([name, { dims }]) => shapeOf(job.rows[name]) === dims.slice(1).join())
  );
}

const shapeOf = (tensor: RuntimeTensor | undefined): string | undefined => tensor?.dims.slice(1).join();

function joined(shares: readonly Share[]): RuntimeTensors {
  const parts = shares.map(({ job, from, count }) => cut(job.rows, from, count));
  return parts.length === 1 ? parts[0]! : stacked(parts);
}

function cut(tensors: RuntimeTensors, from: number, count: number): RuntimeTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data, dims }]) => {
      const length = data.length / (dims[0] ?? 1);
      return [name, { data: data.subarray(from * length, (from + count) * length), dims: [count, ...dims.slice(1)] }];
    }),
  );
}

function stacked(parts: readonly RuntimeTensors[]): RuntimeTensors {
  const [first] = parts;
  if (parts.length === 1 || first === undefined) return first ?? {};
  return Object.fromEntries(
    Object.entries(first).map(([name, { data, dims }]) => {
      const tensors = parts.map((part) => part[name]!);
      const length = tensors.reduce((sum, tensor) => sum + tensor.data.length, 0);
      const rows = tensors.reduce((sum, tensor) => sum + (tensor.dims[0] ?? 0), 0);
      const whole = data instanceof Float32Array ? new Float32Array(length) : new BigInt64Array(length);
      let at = 0;
      for (const tensor of tensors) {
        whole.set(tensor.data as never, at);
        at += tensor.data.length;
      }
      return [name, { data: whole, dims: [rows, ...dims.slice(1)] }];
    }),
  );
}
