import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { AgentError } from '#domain/errors';

interface Asset {
  readonly type: string;
  readonly body: string;
  readonly etag: string;
}

const folder = join(import.meta.dirname, 'page');
const library = 'htm/preact/standalone';

/** Adds the page: its sources are served as they lie, types stripped, so that nothing is built and nothing comes from elsewhere. */
export function addPage(router: Router): void {
  const names = new Set(
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/')),
  );
  const assets = new Map<string, Promise<Asset>>();
  const asset = (name: string): Promise<Asset> => {
    const found = assets.get(name) ?? (name === 'preact.js' ? loadLibrary() : load(name));
    assets.set(name, found);
    return found;
  };
  router.get('/', async (context) => answer(context, await asset('page.html')));
  router.get(['/page/:name', '/page/:folder/:name'], async (context) => {
    const { folder: inner, name: last = '' } = context.params;
    const name = inner === undefined ? last : `${inner}/${last}`;
    if (name !== 'preact.js' && !names.has(name)) throw new AgentError('NOT_FOUND', 'The page has no such part.');
    answer(context, await asset(name));
  });
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ts': 'text/javascript; charset=utf-8',
};

async function load(name: string): Promise<Asset> {
  const type = types[extname(name)];
  if (!type) throw new AgentError('NOT_FOUND', 'The page has no such part.');
  const source = await readFile(join(folder, name), 'utf8');
  const isModule = name.endsWith('.ts');
  // A browser knows no packages: the one that is used gets its address.
  const body = isModule
    ? stripTypeScriptTypes(source, { mode: 'strip' }).replaceAll(`'${library}'`, "'/page/preact.js'")
    : source;
  return { type, body, etag: etagOf(body) };
}

async function loadLibrary(): Promise<Asset> {
  // The bundle with Preact in it cannot be resolved by `require` as its package declares it: it lies beside the one that can.
  const beside = createRequire(import.meta.url).resolve('htm/preact');
  const body = await readFile(join(dirname(beside), 'standalone.module.js'), 'utf8');
  return { type: 'text/javascript; charset=utf-8', body, etag: etagOf(body) };
}

function etagOf(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

function answer(context: Context, { type, body, etag }: Asset): void {
  context.status = 200; // Koa's `fresh` looks at it
  context.set('Cache-Control', 'no-cache');
  context.set('ETag', etag);
  if (context.fresh) {
    context.status = 304;
    return;
  }
  context.body = body;
  context.type = type;
}
