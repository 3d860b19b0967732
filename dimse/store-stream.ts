import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Announced, Kept, Reception } from '#src/ports';
import { used } from './reading.ts';

/**
 * One data set on its way from the association to a reception, behind a Part 10 header. It never fails towards the
 * engine: after a failure the rest is thrown away, so that the association lives on, and `conclude` tells what happened.
 */
export class StoreStream extends Writable {
  readonly #open: () => Promise<Reception>;
  readonly #header: Buffer;
  readonly #opened = Promise.withResolvers<void>();
  #reception: Reception | undefined;
  #refusal: { readonly thrown: unknown } | undefined;
  #sinkFailed = false;
  #isConcluded = false;

  constructor(open: () => Promise<Reception>, header: Buffer) {
    super({ highWaterMark: 1 << 20 });
    this.#open = open;
    this.#header = header;
  }

  /** Ends the object and keeps it. Throws what the door or `keep` threw. */
  async conclude(announced: Announced): Promise<Kept> {
    this.#isConcluded = true;
    if (!this.writableEnded) this.end();
    await finished(this);
    if (this.#refusal) throw this.#refusal.thrown;
    if (!this.#reception) throw new Error('The reception was never opened.');
    return this.#reception.keep(announced);
  }

  /** The sender went away: nothing remains, unless all had come already. */
  async abandon(): Promise<void> {
    if (this.#isConcluded) return;
    this.#isConcluded = true;
    await this.#opened.promise;
    this.destroy();
    await this.#reception?.discard();
  }

  override _construct(callback: (error?: Error | null) => void): void {
    const opening = async () => {
      try {
        this.#reception = await this.#open();
        const { sink } = this.#reception;
        sink.on('error', () => {
          this.#sinkFailed = true; // `keep` meets the same error and tells it
        });
        sink.write(this.#header);
      } catch (thrown) {
        this.#refusal = { thrown };
      }
      this.#opened.resolve();
      callback();
    };
    void opening();
  }

  /** Called back when the bytes are used up, so that their memory can be used again: within this call where the sink has room. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const sink = this.#reception?.sink;
    if (!sink || this.#sinkFailed) return callback();
    const isUsed = used(sink, chunk); // a failure is told by `keep`
    if (isUsed) void isUsed.then(() => callback());
    else callback();
  }

  override _final(callback: (error?: Error | null) => void): void {
    const sink = this.#reception?.sink;
    if (!sink || this.#sinkFailed) callback();
    else sink.end(() => callback());
  }
}
