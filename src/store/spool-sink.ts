import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { AgentError } from '#domain/errors';
import { bufferBytes, type Writer } from './writer.ts';

export interface SinkSettings {
  readonly bytesMax: number;
  readonly writer: Writer;
  /** The file was opened to be written past the system's cache. */
  readonly isDirect: boolean;
  /** Throws STORAGE_FULL. */
  readonly requireSpace: () => Promise<void>;
}

type Callback = (error?: Error | null) => void;

/** Large objects that come at once could fill the disk between their beginnings: each looks again so often. */
const spaceEveryBytes = 64 * 2 ** 20;

/**
 * Writes one object to a spool file, counting on the way; stops at the size limit. What is written to it is copied, at once
 * as long as there is room: one buffer is written and digested while the other is filled.
 */
export class SpoolSink extends Writable {
  readonly #file: FileHandle;
  readonly #settings: SinkSettings;
  readonly #append: ReturnType<Writer['begin']>;
  #bytes = 0;
  #closed = false;
  #sent = 0;
  #spaceAskedAt = 0;
  #filling: Buffer<ArrayBuffer> | undefined;
  #filled = 0;
  /** Rejected for good once a buffer could not be written. */
  #underWay: Promise<unknown> | undefined;
  #sha256 = '';
  #syncing: Promise<void> | undefined;

  constructor(file: FileHandle, settings: SinkSettings) {
    super({ highWaterMark: bufferBytes });
    this.#file = file;
    this.#settings = settings;
    this.#append = settings.writer.begin({ descriptor: file.fd, isDirect: settings.isDirect });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#bytes += chunk.length;
    const { bytesMax } = this.#settings;
    if (this.#bytes <= bytesMax) this.#take(chunk, callback);
    else callback(new AgentError('OBJECT_TOO_LARGE', `More than ${bytesMax} bytes.`));
  }

  override _final(callback: Callback): void {
    const end = async () => {
      await this.#underWay;
      this.#sha256 = (await this.#send(true)) ?? '';
    };
    end().then(() => callback(), callback);
  }

  /** Calls back within this call where there is room, so that nobody has to wait for it. */
  #take(chunk: Buffer, callback: Callback): void {
    this.#filling ??= this.#settings.writer.take();
    const copied = chunk.copy(this.#filling, this.#filled);
    this.#filled += copied;
    if (this.#filled < bufferBytes) return callback();
    const rest = chunk.subarray(copied);
    const goOn = (): void => {
      if (this.destroyed) return callback();
      void this.#send(false);
      this.#take(rest, callback);
    };
    if (this.#underWay) this.#underWay.then(goOn, callback);
    else goOn();
  }

  /** Sends what is filled on its way. */
  #send(isLast: boolean): Promise<string | undefined> {
    const filled = (this.#filling ?? this.#settings.writer.take()).subarray(0, this.#filled);
    this.#filling = undefined;
    this.#filled = 0;
    const sent = this.#spaceFor(filled.length).then(() => this.#append(filled, isLast));
    this.#underWay = sent.then(() => (this.#underWay = undefined));
    this.#underWay.catch(() => undefined); // told by whoever meets it next
    return sent;
  }

  async #spaceFor(bytes: number): Promise<void> {
    if (this.#sent >= this.#spaceAskedAt + spaceEveryBytes) {
      this.#spaceAskedAt = this.#sent;
      await this.#settings.requireSpace();
    }
    this.#sent += bytes;
  }

  /** The content, all of it given to the operating system. Its way to the disk begins; `synced` tells when it has ended. */
  seal(): { bytes: number; sha256: string } {
    this.#syncing = this.#file.sync();
    this.#syncing.catch(() => undefined); // told by `synced`
    return { bytes: this.#bytes, sha256: this.#sha256 };
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
    await this.#underWay?.catch(() => undefined);
    if (!this.#sha256) await this.#append(this.#settings.writer.take().subarray(0, 0), true).catch(() => undefined);
    await this.#syncing?.catch(() => undefined);
    await this.#close();
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
  }
}
