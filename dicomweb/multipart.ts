import type { AgentError } from '#domain/errors';

/** One body part of a multipart message (RFC 2046 section 5.1); header names are in lower case. */
export interface Part {
  readonly headers: ReadonlyMap<string, string>;
  /** Its bytes as they come; what nobody takes is skipped. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface MultipartReading {
  readonly boundary: string;
  /** Most bytes of a part's header fields, or of a preamble. */
  readonly headerBytesMax: number;
  /** Names a message that is no multipart message. */
  readonly fault: (sentence: string) => AgentError;
}

/** Reads a multipart message as it streams in, one part at a time, holding no more than a chunk of it. */
export async function* readParts(
  source: AsyncIterable<Uint8Array>,
  reading: MultipartReading,
): AsyncGenerator<Part, void, void> {
  const { boundary, fault } = reading;
  // RFC 2046 allows 70 characters; Orthanc writes 73.
  if (!/^[ -~]{1,200}$/.test(boundary)) throw fault('The boundary is missing or longer than 200 characters.');
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const window = new Window(source, fault);
  try {
    await skipPreamble(window, delimiter, reading);
    while (!(await isLast(window, reading))) {
      const headers = await readHeaders(window, reading);
      window.delimited = false;
      yield { headers, body: window.until(delimiter) };
      if (!window.delimited) await drain(window.until(delimiter)); // what the reader has left
    }
  } finally {
    await window.close();
  }
}

/** Writes parts as one multipart message, streamed. */
export async function* writeParts(
  parts: AsyncIterable<OutgoingPart> | Iterable<OutgoingPart>,
  boundary: string,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const { headers, body } of parts) {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    yield Buffer.from(`--${boundary}\r\n${lines.join('')}\r\n`, 'latin1');
    yield* body;
    yield Buffer.from('\r\n', 'latin1');
  }
  yield Buffer.from(`--${boundary}--\r\n`, 'latin1');
}

export interface OutgoingPart {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** What has come and is not yet used. A line break is put before everything, so that the first delimiter is like the others. */
class Window {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #fault: MultipartReading['fault'];
  #held: Buffer = Buffer.from('\r\n');
  /** True when the delimiter of the present part has been taken. */
  delimited = false;

  constructor(source: AsyncIterable<Uint8Array>, fault: MultipartReading['fault']) {
    this.#source = source[Symbol.asyncIterator]();
    this.#fault = fault;
  }

  async *until(delimiter: Buffer): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const at = this.#held.indexOf(delimiter);
      const ready = this.#take(at < 0 ? this.#held.length - delimiter.length + 1 : at);
      if (at >= 0) {
        this.#take(delimiter.length);
        this.delimited = true;
      }
      if (ready.length > 0) yield ready;
      if (at >= 0) return;
      await this.#more();
    }
  }

  async line(bytesMax: number): Promise<string> {
    for (;;) {
      const at = this.#held.indexOf('\r\n');
      if (at > bytesMax || (at < 0 && this.#held.length > bytesMax))
        throw this.#fault(`A part's header fields are longer than ${bytesMax} bytes.`);
      if (at >= 0) {
        const line = this.#take(at).toString('latin1');
        this.#take(2);
        return line;
      }
      await this.#more();
    }
  }

  async startsWith(text: string): Promise<boolean> {
    while (this.#held.length < text.length) await this.#more();
    return this.#held.toString('latin1', 0, text.length) === text;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #take(bytes: number): Buffer {
    const taken = this.#held.subarray(0, Math.max(0, bytes));
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done) throw this.#fault('The multipart message ends before its closing boundary.');
    this.#held = this.#held.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#held, next.value]);
  }
}

async function drain(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of pieces);
}

async function skipPreamble(window: Window, delimiter: Buffer, { headerBytesMax, fault }: MultipartReading) {
  let skipped = 0;
  for await (const piece of window.until(delimiter)) {
    skipped += piece.length;
    if (skipped > headerBytesMax) throw fault('The boundary does not occur in the message.');
  }
}

async function isLast(window: Window, { headerBytesMax }: MultipartReading): Promise<boolean> {
  // The closing delimiter may be the very end of the message, without a line break.
  if (await window.startsWith('--')) return true;
  await window.line(headerBytesMax); // blanks that a transport may have added
  return false;
}

async function readHeaders(window: Window, { headerBytesMax, fault }: MultipartReading) {
  const headers = new Map<string, string>();
  let left = headerBytesMax;
  for (;;) {
    const line = await window.line(left);
    if (line === '') return headers;
    left -= line.length + 2;
    const colon = line.indexOf(':');
    if (colon < 1 || left < 0) throw fault("A part's header fields cannot be read.");
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}
