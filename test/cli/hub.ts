import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';

/** A small server that speaks the hub's protocol: a listing, heads with digests, large files by a redirect, ranges. */
export interface TestHub {
  readonly url: string;
  /** What was asked, in order: method, path, and the range where there was one. */
  readonly asked: string[];
  close(): Promise<void>;
}

export interface HubBehaviour {
  /** Content by path; those that end in .json are small, others are kept as large files. */
  readonly files: Readonly<Record<string, Buffer>>;
  /** Breaks the connection after so many bytes of each answer with a large file. */
  readonly breakAfter?: number;
  /** Sends other bytes of the same length. */
  readonly corrupt?: boolean;
  readonly withoutListing?: boolean;
  readonly withoutRanges?: boolean;
  /** Only for those who bring this token. */
  readonly token?: string;
}

export const commit = 'c0ffee'.padEnd(40, '0');

export async function startHub(behaviour: HubBehaviour): Promise<TestHub> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push([request.method, request.url, request.headers.range].filter(Boolean).join(' '));
    answer(request, response, behaviour);
  });
  return { url: await listening(server), asked, close: () => closing(server) };
}

function answer(request: IncomingMessage, response: ServerResponse, behaviour: HubBehaviour): void {
  const { files, token, withoutListing } = behaviour;
  const path = request.url ?? '';
  const end = (status: number, headers: Record<string, string> = {}, body = ''): void => {
    response.writeHead(status, headers).end(body);
  };
  if (path.startsWith('/store/')) return sendStored(request, response, behaviour);
  if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return end(401);
  if (path === '/api/models/owner/name/revision/main') {
    if (withoutListing === true) return end(404);
    const siblings = ['README.md', ...Object.keys(files)].map((rfilename) => ({ rfilename }));
    return end(
      200,
      { 'content-type': 'application/json' },
      JSON.stringify({ sha: commit, siblings, tags: ['license:mit'] }),
    );
  }
  const [, revision, file = ''] = /^\/owner\/name\/resolve\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const content = files[file];
  if (revision === undefined) return end(404, { 'x-error-code': 'RepoNotFound' });
  if (!content || !['main', commit].includes(revision)) return end(404, { 'x-error-code': 'EntryNotFound' });
  const head = { 'x-repo-commit': commit };
  if (file.endsWith('.json')) {
    const etag = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    response.writeHead(200, { ...head, etag: `"${etag}"`, 'content-length': `${content.length}` });
    return void response.end(request.method === 'HEAD' ? undefined : content);
  }
  const etag = createHash('sha256').update(content).digest('hex');
  end(302, { ...head, 'x-linked-etag': `"${etag}"`, 'x-linked-size': `${content.length}`, location: `/store/${file}` });
}

function sendStored(request: IncomingMessage, response: ServerResponse, behaviour: HubBehaviour): void {
  const { files, breakAfter, corrupt, withoutRanges } = behaviour;
  const content = files[(request.url ?? '').slice('/store/'.length)]!;
  const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const from = start === undefined || withoutRanges === true ? 0 : Number(start);
  if (from >= content.length) return void response.writeHead(416).end();
  const body = Buffer.from(content.subarray(from));
  if (corrupt === true) body[body.length - 1]! ^= 1;
  const range = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': `${body.length}`, ...(from > 0 && range) });
  if (breakAfter === undefined || body.length <= breakAfter) return void response.end(body);
  response.write(body.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 20));
}

/** A proxy that carries connections wherever it is told; names that do not exist go to the one place given. */
export async function startProxy(to: string): Promise<{ url: string; carried: string[]; close(): Promise<void> }> {
  const carried: string[] = [];
  const target = new URL(to);
  const server = createServer().on('connect', (request, socket) => {
    carried.push(request.url ?? '');
    const far = connect(Number(target.port), target.hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.pipe(socket).pipe(far);
    });
    for (const each of [far, socket]) each.on('error', () => each.destroy());
  });
  return { url: await listening(server), carried, close: () => closing(server) };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function closing(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Files of a folder, by name. */
export function filesIn(paths: Readonly<Record<string, string>>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, readFileSync(path)]));
}
