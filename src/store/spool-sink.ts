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
  #syncing: Promise<void> | undefined;

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

  /** The content, all of it given to the operating system. Its way to the disk begins; `synced` tells when it has ended. */
  seal(): { bytes: number; sha256: string } {
    this.#syncing = this.#file.sync();
    this.#syncing.catch(() => undefined); // told by `synced`
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Resolves when the sealed content is on the disk; the file is closed. */
  async synced(): Promise<void> {
    await this.#syncing;
    await this.#close();
  }

  /** Stops writing; what was written stays as it is. */
  async abandon(): Promise<void> {
    this.on('error', () => undefined); // already answered by whoever abandons
    this.destroy();
    await this.#syncing?.catch(() => undefined);
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
