import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { AgentError } from '#domain/errors';

/** Writes one object to a spool file, counting and digesting on the way; stops at the size limit. */
export class SpoolSink extends Writable {
  readonly #file: FileHandle;
  readonly #bytesMax: number;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #closed = false;

  constructor(file: FileHandle, bytesMax: number) {
    super({ highWaterMark: 1 << 20 });
    this.#file = file;
    this.#bytesMax = bytesMax;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#append([chunk]).then(() => callback(), callback);
  }

  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.#append(chunks.map(({ chunk }) => chunk)).then(() => callback(), callback);
  }

  async #append(chunks: readonly Buffer[]): Promise<void> {
    for (const chunk of chunks) {
      this.#bytes += chunk.length;
      this.#hash.update(chunk);
    }
    if (this.#bytes > this.#bytesMax) throw new AgentError('OBJECT_TOO_LARGE', `More than ${this.#bytesMax} bytes.`);
    try {
      // writev may write less than asked, as every write may.
      let rest = [...chunks];
      while (rest.length > 0) {
        const { bytesWritten } = await this.#file.writev(rest);
        rest = remaining(rest, bytesWritten);
      }
    } catch (cause) {
      const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
      throw full ? new AgentError('STORAGE_FULL', 'The disk is full.', { cause }) : cause;
    }
  }

  /** The content, synced to disk; the file is closed. */
  async seal(): Promise<{ bytes: number; sha256: string }> {
    await this.#file.sync();
    await this.#close();
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Stops writing; what was written stays as it is. */
  async abandon(): Promise<void> {
    this.on('error', () => undefined); // already answered by whoever abandons
    this.destroy();
    await this.#close();
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
  }
}

function remaining(chunks: readonly Buffer[], written: number): Buffer[] {
  let skip = written;
  return chunks.flatMap((chunk) => {
    const cut = Math.min(skip, chunk.length);
    skip -= cut;
    return cut === chunk.length ? [] : [chunk.subarray(cut)];
  });
}
