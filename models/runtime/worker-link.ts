import type { Worker } from 'node:worker_threads';
import { AgentError } from '#domain/errors';
import type { Answer, Call, Question } from './protocol.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: AgentError): void;
}

/** A line to a worker that is started at the first question, and again after it died; what it was asked then fails. */
export class WorkerLink {
  readonly #start: () => Worker;
  #worker: Worker | undefined;
  #waiting = new Map<number, Waiting>();
  #asked = 0;
  #lives = 0;
  #closed = false;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  /** Counts the worker's lives: what was opened in an earlier one is gone. */
  get life(): number {
    if (!this.#closed) this.#living();
    return this.#lives;
  }

  ask(question: Question, transfer: ArrayBuffer[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(unavailable('The runtime is closed.'));
      const worker = this.#living();
      const id = this.#asked++;
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, question } satisfies Call, transfer);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  #living(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = this.#start();
    worker.on('message', (answer: Answer) => this.#settle(answer));
    worker.on('error', (cause) => this.#bury(worker, cause));
    worker.on('exit', () => this.#bury(worker));
    this.#worker = worker;
    this.#lives++;
    return worker;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('fault' in answer) waiting?.reject(new AgentError(answer.fault.code, answer.fault.detail));
    else waiting?.resolve(answer.value);
  }

  #bury(worker: Worker, cause?: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const lost = this.#waiting;
    this.#waiting = new Map();
    const why = this.#closed
      ? 'The runtime is closed.'
      : 'The thread that runs models ended; it starts again with the next call.';
    for (const { reject } of lost.values()) reject(unavailable(why, cause));
  }
}

function unavailable(detail: string, cause?: unknown): AgentError {
  return new AgentError('MODEL_UNAVAILABLE', detail, { cause });
}
