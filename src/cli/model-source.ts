import { readFile, rm, stat } from 'node:fs/promises';
import { setGlobalProxyFromEnv } from 'node:http';
import { basename, join, resolve } from 'node:path';
import { AgentError } from '#domain/errors';
import { downloadModel } from '#models/download/download-model';
import { parseHubSource, type HubRepository } from '#models/download/hub';
import { findOffline } from '#models/download/offline';
import type { ModelOrigin } from '#models/origin';
import type { Terminal } from './command.ts';

/** Weights to be imported, at hand. */
export interface ModelSource {
  /** A file, or a folder. */
  readonly from: string;
  readonly origin: Omit<ModelOrigin, 'importedOn'>;
  /** Once imported: what was fetched for it goes. */
  end(): Promise<void>;
}

interface Opening {
  readonly options: Readonly<Record<string, unknown>>;
  /** Where models lie: downloads go beside them, on the same disk. */
  readonly folder: string;
  readonly terminal: Terminal;
}

/** Brings a path, or a repository of a hub, to hand. */
export async function openSource(source: string, opening: Opening): Promise<ModelSource> {
  const { offline } = opening.options as { offline?: string };
  const repository = parseHubSource(source);
  if (!repository) {
    await requireThere(source);
    return { from: resolve(source), origin: { source: basename(source) }, end: async () => undefined };
  }
  if (offline === undefined) return fetched(source, repository, opening);
  const { folder, commit } = await findOffline(repository, resolve(offline));
  return { from: folder, origin: { source, ...(commit !== undefined && { commit }) }, end: async () => undefined };
}

async function requireThere(path: string): Promise<void> {
  await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw new AgentError('NOT_FOUND', `${path} cannot be opened.`, { cause });
    const meant = /^[\w.-]+\/[\w.-]+$/.test(path) ? ` For a repository of a hub write hf:${path}.` : '';
    throw new AgentError('NOT_FOUND', `${path} is not there: give the path of a checkpoint.${meant}`, { cause });
  });
}

async function fetched(source: string, repository: HubRepository, opening: Opening): Promise<ModelSource> {
  const { options, folder, terminal } = opening;
  const hub = addressOf(options['hub']);
  const access = { hub, token: await tokenOf(options), signal: terminal.stop };
  // HTTPS_PROXY, HTTP_PROXY and NO_PROXY hold for downloads only: archives are reached as configured.
  const withoutProxy = setGlobalProxyFromEnv();
  terminal.say(`Fetching ${source} from ${hub} ...`);
  let bar: ReturnType<Terminal['progress']> | undefined;
  try {
    const onProgress = (bytes: number, total: number): void => {
      bar ??= terminal.progress('fetching', total);
      bar.update(bytes);
    };
    const downloads = join(folder, '.downloads');
    const got = await downloadModel({ repository, access, downloads, onProgress });
    if (!got.verified) terminal.say('The hub gave no digest for part of it: only its size was checked.');
    const { commit, licence } = got;
    const origin = { source, hub, ...(commit !== undefined && { commit }), ...(licence !== undefined && { licence }) };
    return { from: got.folder, origin, end: () => rm(got.folder, { recursive: true, force: true }) };
  } finally {
    bar?.end();
    withoutProxy();
  }
}

function addressOf(given: unknown): string {
  const url = URL.parse(String(given));
  if (!url || !/^https?:$/.test(url.protocol))
    throw new AgentError('REQUEST_INVALID', '--hub takes an address such as https://huggingface.co.');
  return url.href.replace(/\/+$/, '');
}

async function tokenOf({ tokenFile }: Readonly<Record<string, unknown>>): Promise<string | undefined> {
  if (typeof tokenFile !== 'string') return undefined;
  const text = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
    throw new AgentError('NOT_FOUND', `${tokenFile} cannot be opened.`, { cause });
  });
  return text.trim();
}
