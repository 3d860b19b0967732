import { Worker } from 'node:worker_threads';
import { AgentError } from '#domain/errors';

/** An open file; a direct one goes past the system's cache. */
export interface WrittenFile {
  readonly descriptor: number;
  readonly isDirect: boolean;
}

/** What the thread is told: the next bytes of an object. Their memory goes with the message, and comes back with the answer. */
export interface Question {
  readonly object: number;
  readonly file: WrittenFile;
  readonly memory: ArrayBuffer;
  readonly length: number;
  readonly isLast: boolean;
}

/** To each question; of one object there is one at a time. */
export interface Answer {
  readonly object: number;
  readonly memory: ArrayBuffer;
  /** Of the whole object in hexadecimal, once it has all of it. */
  readonly sha256?: string;
  /** What the operating system said; the object is forgotten. */
  readonly fault?: string;
}

/** Memory that is given away, with what was filled of it. */
type Append = (filled: Buffer<ArrayBuffer>, isLast: boolean) => Promise<string | undefined>;

/** How much is written at once. */
export const bufferBytes = 1 << 19;
/** So many buffers are kept for the next objects. */
const buffersMax = 16;

/**
 * Writes objects to their files and digests them, in a thread of its own: half of the processor time that receiving takes.
 * Buffers are used again and again.
 */
export class Writer {
  readonly #program: URL;
  readonly #free: ArrayBuffer[] = [];
  #thread: WriterThread | undefined;
  #begun = 0;

  constructor(program: URL = new URL('./writer-worker.ts', import.meta.url)) {
    this.#program = program;
  }

  /** Memory to fill. */
  take(): Buffer<ArrayBuffer> {
    return Buffer.from(this.#free.pop() ?? new ArrayBuffer(bufferBytes));
  }

  /** Appends to a file what it is given, taken from `take`; with the last of it comes the SHA-256 of all. Throws STORAGE_FULL, or TOO_BUSY where the thread has ended. */
  begin(file: WrittenFile): Append {
    if (!this.#thread || this.#thread.hasEnded) this.#thread = new WriterThread(this.#program);
    const thread = this.#thread;
    const object = (this.#begun += 1);
    return async ({ buffer, length }, isLast) => {
      const answer = await thread.ask({ object, file, memory: buffer, length, isLast });
      if (this.#free.length < buffersMax) this.#free.push(answer.memory);
      if (answer.fault === 'ENOSPC') throw new AgentError('STORAGE_FULL', 'The disk is full.');
      if (answer.fault) throw new Error(`Writing failed: ${answer.fault}.`);
      return answer.sha256;
    };
  }
}

class WriterThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  hasEnded = false;

  constructor(program: URL) {
    // It makes few objects: a small heap will do.
    this.#worker = new Worker(program, { resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 } });
    this.#worker.unref(); // an agent that has nothing else to do may end
    this.#worker.on('message', (answer: Answer) => {
      this.#waiting.get(answer.object)?.resolve(answer);
      this.#waiting.delete(answer.object);
      if (this.#waiting.size === 0) this.#worker.unref();
    });
    this.#worker.on('error', (cause) => this.#end(cause));
    this.#worker.on('exit', () => this.#end());
  }

  ask(question: Question): Promise<Answer> {
    if (this.hasEnded) return Promise.reject(ended());
    const answered = Promise.withResolvers<Answer>();
    if (this.#waiting.set(question.object, answered).size === 1) this.#worker.ref();
    this.#worker.postMessage(question, [question.memory]);
    return answered.promise;
  }

  #end(cause?: unknown): void {
    this.hasEnded = true;
    for (const { reject } of this.#waiting.values()) reject(ended(cause));
    this.#waiting.clear();
  }
}

/** Not the object's fault: the sender comes back with it, and meets a new thread. */
function ended(cause?: unknown): AgentError {
  return new AgentError('TOO_BUSY', 'The thread that writes has ended.', { cause });
}
