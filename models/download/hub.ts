import { AgentError } from '#domain/errors';
import { reasonOf, watch } from './watch.ts';

/** A repository of models on a hub that speaks Hugging Face's protocol. */
export interface HubRepository {
  readonly owner: string;
  readonly name: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

/** How the hub is reached. */
export interface HubAccess {
  /** Its address, such as https://huggingface.co. */
  readonly hub: string;
  /** For repositories that are not public. */
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
  /** Longest silence, in milliseconds. */
  readonly silenceMs?: number;
}

/** What the hub says of a repository. */
export interface HubListing {
  readonly files: readonly string[];
  readonly licence: string | undefined;
}

/** What the hub says of one file, before it is fetched. */
export interface HubFile {
  readonly path: string;
  readonly commit: string | undefined;
  readonly bytes: number | undefined;
  /** SHA-256 of large files, as git-lfs names them; of others the object id of git, a SHA-1. */
  readonly digest: { readonly kind: 'sha256' | 'git-sha1'; readonly value: string } | undefined;
}

/** `hf:OWNER/NAME`, or `hf:OWNER/NAME@REVISION`; undefined for anything else that does not begin so. Throws REQUEST_INVALID. */
export function parseHubSource(source: string): HubRepository | undefined {
  if (!source.startsWith('hf:')) return undefined;
  const [, owner, name, revision = 'main'] = /^hf:([\w.-]+)\/([\w.-]+)(?:@([\w./-]+))?$/.exec(source) ?? [];
  const isPlain = (word: string | undefined): word is string => word !== undefined && /\w/.test(word);
  if (isPlain(owner) && isPlain(name) && !revision.includes('..')) return { owner, name, revision };
  throw new AgentError(
    'REQUEST_INVALID',
    `${source} names no repository: write hf:OWNER/NAME, or hf:OWNER/NAME@REVISION.`,
  );
}

/** The files of a repository; undefined where the hub keeps no listing. Throws NOT_FOUND, REQUEST_INVALID or MODEL_UNAVAILABLE. */
export async function listFiles(repository: HubRepository, access: HubAccess): Promise<HubListing | undefined> {
  const { owner, name, revision } = repository;
  const response = await ask(`/api/models/${owner}/${name}/revision/${encodeURIComponent(revision)}`, access);
  if (response.status === 404 && response.headers.get('x-error-code') === null) {
    await response.body?.cancel();
    return undefined; // a mirror without the listing; a missing repository has an error code
  }
  await requireFound(response, repository);
  const listing = (await response.json().catch(() => ({}))) as {
    siblings?: { rfilename?: unknown }[];
    cardData?: { license?: unknown } | null;
    tags?: unknown[];
  };
  const files = (listing.siblings ?? []).flatMap(({ rfilename }) => (typeof rfilename === 'string' ? [rfilename] : []));
  const tag = (listing.tags ?? []).find((tag): tag is string => typeof tag === 'string' && tag.startsWith('license:'));
  const said = listing.cardData?.license;
  return { files, licence: typeof said === 'string' ? said : tag?.slice('license:'.length) };
}

/** The facts of one file; undefined where the repository has no such file. */
export async function headOf(repository: HubRepository, path: string, access: HubAccess): Promise<HubFile | undefined> {
  let address = fileAddress(repository, path);
  for (let hops = 0; hops < 5; hops++) {
    const response = await ask(address, access, { method: 'HEAD', redirect: 'manual' });
    const { status, headers } = response;
    const location = headers.get('location');
    // The hub's own moves are followed; a redirect to where large files lie carries the facts itself.
    if (status >= 300 && status < 400 && location !== null && headers.get('x-linked-etag') === null) {
      address = new URL(location, new URL(address, access.hub)).href;
      continue;
    }
    if (status === 404 && headers.get('x-error-code') !== 'RepoNotFound') return undefined;
    if (status >= 400) await requireFound(response, repository);
    const bytes = Number(headers.get('x-linked-size') ?? headers.get('content-length') ?? Number.NaN);
    return {
      path,
      commit: headers.get('x-repo-commit') ?? undefined,
      bytes: Number.isSafeInteger(bytes) ? bytes : undefined,
      digest: digestOf(headers.get('x-linked-etag') ?? headers.get('etag')),
    };
  }
  throw new AgentError('MODEL_UNAVAILABLE', `${access.hub} sends in circles for ${path}.`);
}

/** Where a file's content is. */
export function fileAddress({ owner, name, revision }: HubRepository, path: string): string {
  return `/${owner}/${name}/resolve/${encodeURIComponent(revision)}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** Asks the hub. Throws MODEL_UNAVAILABLE where nobody answers. */
export async function ask(address: string, access: HubAccess, init: RequestInit = {}): Promise<Response> {
  const { hub, token, signal, silenceMs = 60_000 } = access;
  const url = address.startsWith('/') ? `${hub.replace(/\/+$/, '')}${address}` : address;
  const watched = watch(signal, silenceMs);
  try {
    return await fetch(url, {
      ...init,
      signal: watched.signal,
      // Sizes and ranges are those of the file itself.
      headers: {
        'accept-encoding': 'identity',
        'user-agent': 'apical',
        ...(init.headers as Record<string, string> | undefined),
        // Never to another place; fetch drops it where a redirect leaves the hub.
        ...(token !== undefined && isAt(url, hub) && { authorization: `Bearer ${token}` }),
      },
    });
  } catch (cause) {
    if (signal.aborted) throw new AgentError('MODEL_UNAVAILABLE', 'Interrupted.', { cause });
    throw new AgentError('MODEL_UNAVAILABLE', `${new URL(url).host} does not answer (${reasonOf(cause)}).`, { cause });
  } finally {
    watched.end();
  }
}

function isAt(url: string, hub: string): boolean {
  return new URL(url).origin === new URL(hub).origin;
}

/** Throws for an answer that is none. */
export async function requireFound(response: Response, { owner, name, revision }: HubRepository): Promise<void> {
  if (response.ok) return;
  await response.body?.cancel();
  const { status } = response;
  const repository = `${owner}/${name}${revision === 'main' ? '' : ` at ${revision}`}`;
  if (status === 401 || status === 403)
    throw new AgentError(
      'REQUEST_INVALID',
      `The hub shows ${repository} only to some: accept its terms there, and give your access token by --token-file, or check the name.`,
    );
  if (status === 404) throw new AgentError('NOT_FOUND', `The hub has no repository ${repository}.`);
  throw new AgentError('MODEL_UNAVAILABLE', `The hub answered ${status} for ${repository}: try again later.`);
}

function digestOf(etag: string | null): HubFile['digest'] {
  const value = (etag ?? '').replace(/^W\//, '').replaceAll('"', '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(value)) return { kind: 'sha256', value };
  if (/^[0-9a-f]{40}$/.test(value)) return { kind: 'git-sha1', value };
  return undefined;
}
