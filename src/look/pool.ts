import { Worker } from 'node:worker_threads';
import { AgentError } from '#domain/errors';
import type { Answer, Question } from './protocol.ts';

export interface PoolSettings {
  readonly workers: number;
  /** Time for one question before its worker is killed. */
  readonly timeLimitMs: number;
  /** JavaScript heap of one worker; one that needs more is killed. */
  readonly memoryLimitMb: number;
  /** Leaves the processor to whatever else wants it. */
  readonly isBackground?: boolean;
}

interface Waiting {
  readonly question: Question;
  readonly isUrgent: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AgentError) => void;
}

/** A worker thread and what it is being asked. */
interface Reader {
  readonly worker: Worker;
  asked?: Waiting | undefined;
  timer?: NodeJS.Timeout | undefined;
}

/** A few workers and a queue. */
export class ReaderPool {
  readonly #settings: PoolSettings;
  readonly #queue: Waiting[] = [];
  readonly #readers = new Set<Reader>();
  #closed = false;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
  }

  /** What is urgent goes before what only waits. */
  ask(question: Question, { isUrgent = false }: { readonly isUrgent?: boolean | undefined } = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(stopping());
      const behind = isUrgent ? this.#queue.findIndex((waiting) => !waiting.isUrgent) : -1;
      this.#queue.splice(behind < 0 ? this.#queue.length : behind, 0, { question, isUrgent, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0)) reject(stopping());
    const workers = [...this.#readers].map(({ worker }) => worker);
    for (const reader of this.#readers) this.#bury(reader, stopping());
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #next(): void {
    if (this.#queue.length === 0) return;
    const idle = [...this.#readers].find(({ asked }) => !asked);
    const reader = idle ?? (this.#readers.size < this.#settings.workers ? this.#start() : undefined);
    if (reader) this.#give(reader, this.#queue.shift()!);
  }

  #start(): Reader {
    // A young heap of 4 MB instead of up to 48: a reader makes few objects, and pixels lie outside of it.
    const resourceLimits = { maxOldGenerationSizeMb: this.#settings.memoryLimitMb, maxYoungGenerationSizeMb: 4 };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      resourceLimits,
      workerData: { isBackground: this.#settings.isBackground ?? false },
    });
    const reader: Reader = { worker };
    worker.on('message', (answer: Answer) => this.#take(reader, answer));
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it needed too much memory' : 'the reader failed';
      this.#bury(reader, why);
    });
    worker.on('exit', () => this.#bury(reader, 'the reader ended'));
    this.#readers.add(reader);
    return reader;
  }

  #give(reader: Reader, waiting: Waiting): void {
    const { timeLimitMs } = this.#settings;
    reader.asked = waiting;
    reader.timer = setTimeout(() => this.#bury(reader, `it took longer than ${timeLimitMs} ms`), timeLimitMs);
    reader.worker.postMessage(waiting.question);
  }

  #take(reader: Reader, answer: Answer): void {
    const { asked } = reader;
    clearTimeout(reader.timer);
    reader.asked = undefined;
    if ('fault' in answer) asked?.reject(new AgentError(answer.fault.code, answer.fault.detail));
    else asked?.resolve(answer.value);
    this.#next();
  }

  /** Ends a reader, whatever it does; its question fails, the next one gets a new reader. */
  #bury(reader: Reader, why: string | AgentError): void {
    if (!this.#readers.delete(reader)) return;
    clearTimeout(reader.timer);
    void reader.worker.terminate();
    const { asked } = reader;
    asked?.reject(typeof why === 'string' ? killed(asked.question, why) : why);
    this.#next();
  }
}

/** What a worker that had to be killed means for the object it was reading. */
function killed({ kind }: Question, why: string): AgentError {
  const code = kind === 'examine' ? 'OBJECT_UNREADABLE' : 'PIXELS_UNDECODABLE';
  return new AgentError(code, `Reading it was stopped: ${why}.`);
}

/** Not the object's fault: the sender, or the runner, comes back with it. */
function stopping(): AgentError {
  return new AgentError('TOO_BUSY', 'The agent is stopping.');
}
