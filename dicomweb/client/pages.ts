import { AgentError } from '#domain/errors';
import type { DicomJson } from '#domain/instance';

export interface Paging {
  readonly pageSize: number;
  /** The UID that tells results apart. */
  readonly key: '0020000D' | '0020000E' | '00080018';
}

/**
 * Everything that a paged search finds, each once. A short page is no end, since archives have maxima of their own: only a
 * page with nothing new is. Throws ARCHIVE_ANSWER_UNUSABLE, after all there was, where the archive gives the first page for
 * ever, for then the rest stays hidden.
 */
export async function* allPages(
  search: (page: { readonly limit: number; readonly offset: number }) => Promise<readonly DicomJson[]>,
  { pageSize, key }: Paging,
): AsyncGenerator<DicomJson, void, void> {
  const seen = new Set<string>();
  for (let offset = 0; ;) {
    const page = await search({ limit: pageSize, offset });
    const fresh = page.filter((dataset) => {
      const uid = uidIn(dataset, key);
      return uid !== undefined && !seen.has(uid) && seen.add(uid) !== undefined;
    });
    yield* fresh;
    if (fresh.length === 0) {
      if (page.length >= pageSize && offset === pageSize)
        throw new AgentError(
          'ARCHIVE_ANSWER_UNUSABLE',
          'It gives the same page whatever the offset: raise the page size.',
        );
      return;
    }
    if (seen.size > resultsMax)
      throw new AgentError('ARCHIVE_ANSWER_UNUSABLE', `It finds more than ${resultsMax} results.`);
    offset += page.length;
  }
}

// A large hospital makes 300 echo studies a day; who finds more than this is not searching what was asked.
const resultsMax = 200_000;

export function uidIn(dataset: DicomJson, tag: string): string | undefined {
  const uid: unknown = dataset[tag]?.Value?.[0];
  return typeof uid === 'string' && /^[\d.]{1,64}$/.test(uid) ? uid : undefined;
}
