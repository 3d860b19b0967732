import { Worker } from 'node:worker_threads';
import { AgentError } from '#domain/errors';
import { killed } from './clip-reader.ts';
import type { Answer, Question } from './protocol.ts';

export interface PoolSettings {
  readonly workers: number;
  /** Time for one question before its worker is killed. */
  readonly timeLimitMs: number;
  /** JavaScript heap of one worker; one that needs more is killed. */
  readonly memoryLimitMb: number;
}

interface Waiting {
  readonly question: Question;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AgentError) => void;
}

/** A few workers and a queue. Headers overtake pixels: a sender waits for them. */
export class ReaderPool {
  readonly #settings: PoolSettings;
  readonly #queue: Waiting[] = [];
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  #closed = false;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
  }

  ask(question: Question): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new AgentError('TOO_BUSY', 'The agent is stopping.'));
      const waiting = { question, resolve, reject };
      if (question.kind === 'examine') this.#queue.unshift(waiting);
      else this.#queue.push(waiting);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0)) reject(new AgentError('TOO_BUSY', 'The agent is stopping.'));
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #next(): void {
    if (this.#queue.length === 0) return;
    const worker = this.#idle.pop() ?? (this.#all.size < this.#settings.workers ? this.#start() : undefined);
    if (worker) this.#give(worker, this.#queue.shift()!);
  }

  #start(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: this.#settings.memoryLimitMb };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { resourceLimits });
    this.#all.add(worker);
    return worker;
  }

  #give(worker: Worker, { question, resolve, reject }: Waiting): void {
    const finish = (settle: () => void, alive: boolean): void => {
      clearTimeout(timer);
      worker.removeAllListeners();
      settle();
      if (alive) {
        this.#idle.push(worker);
      } else {
        this.#all.delete(worker);
        worker.on('error', () => undefined); // it is dead already
        void worker.terminate();
      }
      this.#next();
    };
    const die = (why: string) => finish(() => reject(killed(question.kind, why)), false);
    const timer = setTimeout(
      () => die(`it took longer than ${this.#settings.timeLimitMs} ms`),
      this.#settings.timeLimitMs,
    );
    worker.once('message', (answer: Answer) =>
      finish(
        () =>
          'fault' in answer ? reject(new AgentError(answer.fault.code, answer.fault.detail)) : resolve(answer.value),
        true,
      ),
    );
    worker.once('error', (error: NodeJS.ErrnoException) =>
      die(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it needed too much memory' : 'the reader failed'),
    );
    worker.once('exit', () => die(this.#closed ? 'the agent is stopping' : 'the reader ended'));
    worker.postMessage({ id: 0, question });
  }
}
