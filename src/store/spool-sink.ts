import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { AgentError } from '#domain/errors';

/** How much is written at once. */
const bufferBytes = 1 << 19;

/** Buffers that are used again and again: memory for them is asked for once. */
export class WriteBuffers {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
  }

  give(buffer: Buffer): void {
    if (this.#free.length < 64) this.#free.push(buffer);
  }
}

export interface SinkSettings {
  readonly bytesMax: number;
  readonly buffers: WriteBuffers;
  /** Throws STORAGE_FULL. */
  readonly requireSpace: () => Promise<void>;
}

/** Large objects that come at once could fill the disk between their beginnings: each looks again so often. */
const spaceEveryBytes = 64 * 2 ** 20;

/**
 * Writes one object to a spool file, counting and digesting on the way; stops at the size limit. What is written to it is
 * copied at once, and one buffer goes to the disk while the other is filled.
 */
export class SpoolSink extends Writable {
  readonly #file: FileHandle;
  readonly #settings: SinkSettings;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #closed = false;
  #written = 0;
  #spaceAskedAt = 0;
  #filling: Buffer | undefined;
  #filled = 0;
  #flushing: Promise<void> = Promise.resolve();
  #syncing: Promise<void> | undefined;

  constructor(file: FileHandle, settings: SinkSettings) {
    super({ highWaterMark: bufferBytes });
    this.#file = file;
    this.#settings = settings;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#bytes += chunk.length;
    const { bytesMax } = this.#settings;
    if (this.#bytes > bytesMax) {
      return callback(new AgentError('OBJECT_TOO_LARGE', `More than ${bytesMax} bytes.`));
    }
    this.#hash.update(chunk);
    if (this.#filled + chunk.length < bufferBytes) {
      this.#fill(chunk);
      return callback();
    }
    this.#spill(chunk).then(() => callback(), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#flush().then(() => this.#flushing).then(() => callback(), callback); // prettier-ignore
  }

  #fill(chunk: Buffer): number {
    this.#filling ??= this.#settings.buffers.take();
    const copied = chunk.copy(this.#filling, this.#filled);
    this.#filled += copied;
    return copied;
  }

  async #spill(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      at += this.#fill(chunk.subarray(at));
      if (this.#filled === bufferBytes) await this.#flush();
    }
  }

  /** Sends what is filled on its way, once the buffer before it is written. */
  async #flush(): Promise<void> {
    await this.#flushing;
    const [buffer, length] = [this.#filling, this.#filled];
    if (!buffer) return;
    this.#filling = undefined;
    this.#filled = 0;
    this.#flushing = this.#append(buffer, length).finally(() => this.#settings.buffers.give(buffer));
    this.#flushing.catch(() => undefined); // told by the next flush, or the end
  }

  async #append(buffer: Buffer, length: number): Promise<void> {
    try {
      if (this.#written >= this.#spaceAskedAt + spaceEveryBytes) {
        this.#spaceAskedAt = this.#written;
        await this.#settings.requireSpace();
      }
      this.#written += length;
      for (let at = 0; at < length;) at += (await this.#file.write(buffer, at, length - at)).bytesWritten;
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
    await this.#flushing.catch(() => undefined);
    await this.#syncing?.catch(() => undefined);
    await this.#close();
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
  }
}
