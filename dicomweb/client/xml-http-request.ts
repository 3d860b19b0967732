import type { Send } from './service.ts';

/**
 * As much of the XMLHttpRequest standard as dicomweb-client uses, over our own way of sending. It is handed to each of its
 * requests: nothing global is changed. What went wrong below stays in `failure`, since the interface has no room for it.
 */
export class XmlHttpRequest {
  /** Stands for the address of the service, which only our own way of sending knows. */
  static readonly service = 'service:';
  readyState = 0;
  status = 0;
  statusText = '';
  response: unknown = null;
  responseType = '';
  withCredentials = false;
  failure: unknown;
  onreadystatechange: (() => void) | null = null;
  onloadstart: (() => void) | null = null;
  onloadend: (() => void) | null = null;
  onprogress: (() => void) | null = null;
  readonly #send: Send;
  readonly #signal: AbortSignal;
  readonly #bytesMax: number;
  readonly #requestHeaders: Record<string, string> = {};
  #responseHeaders = new Headers();
  #path = '';

  constructor(send: Send, { signal, bytesMax }: { readonly signal: AbortSignal; readonly bytesMax: number }) {
    this.#send = send;
    this.#signal = signal;
    this.#bytesMax = bytesMax;
  }

  open(_method: string, address: string): void {
    this.#path = address.slice(XmlHttpRequest.service.length);
    this.readyState = 1;
  }

  setRequestHeader(name: string, value: string): void {
    this.#requestHeaders[name] = value;
  }

  getResponseHeader(name: string): string | null {
    return this.#responseHeaders.get(name);
  }

  getAllResponseHeaders(): string {
    return [...this.#responseHeaders].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  send(): void {
    this.onloadstart?.();
    void this.#exchange()
      .catch((thrown: unknown) => {
        this.status = 0;
        this.failure = thrown;
      })
      .finally(() => {
        this.readyState = 4;
        this.onreadystatechange?.();
        this.onloadend?.();
      });
  }

  async #exchange(): Promise<void> {
    const request = { method: 'GET', path: this.#path, headers: this.#requestHeaders, signal: this.#signal } as const;
    const answer = await this.#send(request);
    this.#responseHeaders = answer.headers;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of answer.body) {
      bytes += chunk.length;
      if (bytes > this.#bytesMax) throw new RangeError(`The answer is longer than ${this.#bytesMax} bytes.`);
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString('utf8');
    this.response = answer.status === 200 && this.responseType === 'json' ? JSON.parse(text) : text;
    this.status = answer.status;
  }
}
