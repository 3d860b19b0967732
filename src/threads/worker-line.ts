import type { Worker } from 'node:worker_threads';
import type { AgentError } from '#domain/errors';
import { errorOf, type Answer, type Call } from './answering.ts';

/**
 * A line to a worker thread that answers many questions at a time. It is started at the first one, and again after it died;
 * what it was asked then fails.
 */
export class WorkerLine<Question> {
  readonly #start: () => Worker;
  readonly #lost: (cause: unknown, isClosed: boolean) => AgentError;
  #worker: Worker | undefined;
  #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #asked = 0;
  #lives = 0;
  #closed = false;

  /** `lost` tells what it means that the worker has died, or that the line is closed. */
  constructor(start: () => Worker, lost: (cause: unknown, isClosed: boolean) => AgentError) {
    this.#start = start;
    this.#lost = lost;
  }

  /** Counts the worker's lives: what was opened in an earlier one is gone. */
  get life(): number {
    if (!this.#closed) this.#living();
    return this.#lives;
  }

  async ask(question: Question, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#closed) throw this.#lost(undefined, true);
    const worker = this.#living();
    const id = this.#asked++;
    const answered = Promise.withResolvers<unknown>();
    worker.postMessage({ id, question } satisfies Call<Question>, transfer);
    if (this.#waiting.set(id, answered).size === 1) worker.ref();
    return answered.promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  #living(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = this.#start();
    worker.on('message', (answer: Answer & { id: number }) => this.#settle(worker, answer));
    worker.on('error', (cause) => this.#bury(worker, cause));
    worker.on('exit', () => this.#bury(worker));
    worker.unref(); // a process that has nothing else to do may end
    this.#worker = worker;
    this.#lives++;
    return worker;
  }

  #settle(worker: Worker, answer: Answer & { readonly id: number }): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) worker.unref();
    if ('fault' in answer) waiting?.reject(errorOf(answer.fault));
    else waiting?.resolve(answer.value);
  }

  #bury(worker: Worker, cause?: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const lost = this.#waiting;
    this.#waiting = new Map();
    for (const { reject } of lost.values()) reject(this.#lost(cause, this.#closed));
  }
}
