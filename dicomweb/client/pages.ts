import { AgentError } from '#domain/errors';
import type { DicomJson } from '#domain/instance';

export interface Paging {
  readonly pageSize: number;
  /** The UID that tells results apart. */
  readonly key: '0020000D' | '0020000E' | '00080018';
}

export interface Pages {
  /** Everything found, each once. */
  readonly found: readonly DicomJson[];
  /**
   * `empty`: after a full page came an empty one: the end, or an archive that cannot page this search. `repeating`: the same
   * page came again, as from an archive that knows no offset: the rest stays hidden.
   */
  readonly end: 'short' | 'empty' | 'repeating';
}

/** Reads a paged search. A short page is no end, since archives have maxima of their own: only a page with nothing new is. */
export async function readPages(
  search: (page: { readonly limit: number; readonly offset: number }) => Promise<readonly DicomJson[]>,
  { pageSize, key }: Paging,
): Promise<Pages> {
  const found = new Map<string, DicomJson>();
  let wasFull = false;
  for (let offset = 0; ;) {
    const page = await search({ limit: pageSize, offset });
    const before = found.size;
    for (const dataset of page) {
      const uid = uidIn(dataset, key);
      if (uid !== undefined) found.set(uid, dataset);
    }
    if (found.size === before) {
      const end = page.length > 0 && wasFull ? 'repeating' : wasFull ? 'empty' : 'short';
      return { found: [...found.values()], end };
    }
    if (found.size > resultsMax)
      throw new AgentError('ARCHIVE_ANSWER_UNUSABLE', `It finds more than ${resultsMax} results.`);
    offset += page.length;
    wasFull = page.length === pageSize;
  }
}

// A large hospital makes 300 echo studies a day; who finds more than this is not searching what was asked.
const resultsMax = 200_000;

export function uidIn(dataset: DicomJson, tag: string): string | undefined {
  const uid: unknown = dataset[tag]?.Value?.[0];
  return typeof uid === 'string' && /^[\d.]{1,64}$/.test(uid) ? uid : undefined;
}
