/** A browser's XMLHttpRequest, as far as dicomweb-client sees it, so that it can be run as a foreign client. */
export class BrowserRequest {
  readyState = 0;
  status = 0;
  response: unknown = null;
  responseType = '';
  onreadystatechange = () => {};
  readonly #headers: Record<string, string> = {};
  #answered = new Headers();
  #target = { method: '', url: '' };

  open(method: string, url: string): void {
    this.#target = { method, url };
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value;
  }

  getResponseHeader(name: string): string | null {
    return this.#answered.get(name);
  }

  getAllResponseHeaders(): string {
    return [...this.#answered].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  send(body: BodyInit | null = null): void {
    void this.#exchange(body).finally(() => {
      this.readyState = 4;
      this.onreadystatechange();
    });
  }

  async #exchange(body: BodyInit | null): Promise<void> {
    const { method, url } = this.#target;
    const answer = await fetch(url, { method: method.toUpperCase(), headers: this.#headers, body });
    this.#answered = answer.headers;
    const content = Buffer.from(await answer.arrayBuffer());
    if (this.responseType === 'json') this.response = content.length > 0 ? JSON.parse(content.toString()) : null;
    else if (this.responseType === 'arraybuffer') this.response = Uint8Array.from(content).buffer;
    else this.response = content.toString();
    this.status = answer.status;
  }
}
