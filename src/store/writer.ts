import { Worker } from 'node:worker_threads';
import { AgentError } from '#domain/errors';
import { WorkerLine } from '#src/threads/worker-line';

/** An open file; a direct one goes past the system's cache. */
export interface WrittenFile {
  readonly descriptor: number;
  readonly isDirect: boolean;
}

/**
 * What the thread is told: the next bytes of an object, of which there is one question at a time. Their memory goes with it,
 * and comes back with the answer.
 */
export interface Question {
  readonly object: number;
  readonly file: WrittenFile;
  readonly memory: ArrayBuffer;
  readonly length: number;
  readonly isLast: boolean;
}

export interface Written {
  readonly memory: ArrayBuffer;
  /** Of the whole object in hexadecimal, once it has all of it. */
  readonly sha256?: string;
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
  readonly #line: WorkerLine<Question>;
  readonly #free: ArrayBuffer[] = [];
  #begun = 0;

  constructor(program: URL = new URL('./writer-worker.ts', import.meta.url)) {
    // It makes few objects: a small heap will do.
    const resourceLimits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 };
    this.#line = new WorkerLine(() => new Worker(program, { resourceLimits }), ended);
  }

  /** Memory to fill. */
  take(): Buffer<ArrayBuffer> {
    return Buffer.from(this.#free.pop() ?? new ArrayBuffer(bufferBytes));
  }

  /** Appends to a file what it is given, taken from `take`; with the last of it comes the SHA-256 of all. Throws STORAGE_FULL, or TOO_BUSY where the thread has ended. */
  begin(file: WrittenFile): Append {
    const { life } = this.#line;
    const object = (this.#begun += 1);
    return async ({ buffer, length }, isLast) => {
      if (this.#line.life !== life) throw ended(); // with what it knew of the object
      const question = { object, file, memory: buffer, length, isLast };
      const { memory, sha256 } = (await this.#line.ask(question, [buffer])) as Written;
      if (this.#free.length < buffersMax) this.#free.push(memory);
      return sha256;
    };
  }
}

/** Not the object's fault: the sender comes back with it, and meets a new thread. */
function ended(cause?: unknown): AgentError {
  return new AgentError('TOO_BUSY', 'The thread that writes has ended.', { cause });
}
