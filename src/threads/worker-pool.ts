import { Worker } from 'node:worker_threads';
import { AgentError } from '#domain/errors';
import { errorOf, type Answer } from './answering.ts';

export interface PoolSettings {
  readonly workers: number;
  /** Time for one question before its worker is killed. */
  readonly timeLimitMs: number;
  /** JavaScript heap of one worker; one that needs more is killed. */
  readonly memoryLimitMb: number;
}

/** Who works, and how it is spoken of. */
export interface Trade<Question> {
  /** A module that answers questions (answering.ts). */
  readonly module: URL;
  readonly workerData?: unknown;
  /** What it means that the worker had to be killed over this question. */
  killed(question: Question, why: string): AgentError;
  /** Workers that nobody asked anything for so long end; they never do if not said. */
  readonly idleMs?: number;
}

interface Waiting<Question> {
  readonly question: Question;
  readonly transfer: readonly ArrayBuffer[];
  readonly isUrgent: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AgentError) => void;
}

export interface Asking {
  /** What is urgent goes before what only waits. */
  readonly isUrgent?: boolean | undefined;
  /** Handed over, not copied. */
  readonly transfer?: readonly ArrayBuffer[];
}

/** A worker thread and what it is being asked. */
interface Hand<Question> {
  readonly worker: Worker;
  asked?: Waiting<Question> | undefined;
  timer?: NodeJS.Timeout | undefined;
}

/** A few worker threads that may be killed at any moment, and a queue. */
export class WorkerPool<Question> {
  readonly #settings: PoolSettings;
  readonly #trade: Trade<Question>;
  readonly #queue: Waiting<Question>[] = [];
  readonly #hands = new Set<Hand<Question>>();
  #closed = false;

  constructor(settings: PoolSettings, trade: Trade<Question>) {
    this.#settings = settings;
    this.#trade = trade;
  }

  ask(question: Question, { isUrgent = false, transfer = [] }: Asking = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(stopping());
      const behind = isUrgent ? this.#queue.findIndex((waiting) => !waiting.isUrgent) : -1;
      const waiting = { question, transfer, isUrgent, resolve, reject };
      this.#queue.splice(behind < 0 ? this.#queue.length : behind, 0, waiting);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0)) reject(stopping());
    const workers = [...this.#hands].map(({ worker }) => worker);
    for (const hand of this.#hands) this.#bury(hand, stopping());
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #next(): void {
    if (this.#queue.length === 0) return;
    const idle = [...this.#hands].find(({ asked }) => !asked);
    const hand = idle ?? (this.#hands.size < this.#settings.workers ? this.#start() : undefined);
    if (hand) this.#give(hand, this.#queue.shift()!);
  }

  #start(): Hand<Question> {
    const { module, workerData } = this.#trade;
    // A young heap of 4 MB instead of up to 48: a worker makes few objects, and pixels lie outside of it.
    const resourceLimits = { maxOldGenerationSizeMb: this.#settings.memoryLimitMb, maxYoungGenerationSizeMb: 4 };
    const worker = new Worker(module, { resourceLimits, workerData });
    const hand: Hand<Question> = { worker };
    worker.on('message', (answer: Answer) => this.#take(hand, answer));
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it needed too much memory' : 'the worker failed';
      this.#bury(hand, why);
    });
    worker.on('exit', () => this.#bury(hand, 'the worker ended'));
    this.#hands.add(hand);
    return hand;
  }

  #give(hand: Hand<Question>, waiting: Waiting<Question>): void {
    const { timeLimitMs } = this.#settings;
    clearTimeout(hand.timer);
    hand.asked = waiting;
    hand.timer = setTimeout(() => this.#bury(hand, `it took longer than ${timeLimitMs} ms`), timeLimitMs);
    hand.worker.postMessage(waiting.question, waiting.transfer);
  }

  #take(hand: Hand<Question>, answer: Answer): void {
    const { asked } = hand;
    const { idleMs } = this.#trade;
    clearTimeout(hand.timer);
    hand.asked = undefined;
    if (idleMs !== undefined) hand.timer = setTimeout(() => this.#bury(hand, 'nobody asked'), idleMs).unref();
    if ('fault' in answer) asked?.reject(errorOf(answer.fault));
    else asked?.resolve(answer.value);
    this.#next();
  }

  /** Ends a worker, whatever it does; its question fails, the next one gets a new worker. */
  #bury(hand: Hand<Question>, why: string | AgentError): void {
    if (!this.#hands.delete(hand)) return;
    clearTimeout(hand.timer);
    void hand.worker.terminate();
    const { asked } = hand;
    asked?.reject(typeof why === 'string' ? this.#trade.killed(asked.question, why) : why);
    this.#next();
  }
}

/** Nobody's fault: the sender, or the runner, comes back with it. */
function stopping(): AgentError {
  return new AgentError('TOO_BUSY', 'The agent is stopping.');
}
