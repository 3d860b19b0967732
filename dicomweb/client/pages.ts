import { uidIn } from '#dicom/study-search';
import { AgentError } from '#domain/errors';
import type { DicomJson } from '#domain/instance';

export interface Paging<T> {
  readonly pageSize: number;
  /** The UID that tells results apart. */
  readonly key: '0020000D' | '0020000E' | '00080018';
  /** More than this is no answer to what was asked. */
  readonly resultsMax: number;
  /** What is kept of a result: the archive decides how long it is, and no more than needed stays in memory. */
  readonly keep: (dataset: DicomJson) => T;
}

export interface Pages<T> {
  /** Everything found, each once, by its UID. */
  readonly found: ReadonlyMap<string, T>;
  /**
   * `empty`: after a full page came an empty one: the end, or an archive that cannot page this search. `repeating`: the same
   * page came again, as from an archive that knows no offset: the rest stays hidden.
   */
  readonly end: 'short' | 'empty' | 'repeating';
}

/** Reads a paged search. A short page is no end, since archives have maxima of their own: only a page with nothing new is. */
export async function readPages<T>(
  search: (page: { readonly limit: number; readonly offset: number }) => Promise<readonly DicomJson[]>,
  { pageSize, key, resultsMax, keep }: Paging<T>,
): Promise<Pages<T>> {
  const found = new Map<string, T>();
  let wasFull = false;
  for (let offset = 0; ;) {
    const page = await search({ limit: pageSize, offset });
    const before = found.size;
    for (const dataset of page) {
      const uid = uidIn(dataset, key);
      if (uid !== undefined) found.set(uid, keep(dataset));
    }
    if (found.size === before) {
      const end = page.length > 0 && wasFull ? 'repeating' : wasFull ? 'empty' : 'short';
      return { found, end };
    }
    if (found.size > resultsMax)
      throw new AgentError('ARCHIVE_ANSWER_UNUSABLE', `It finds more than ${resultsMax} results.`);
    offset += page.length;
    wasFull = page.length === pageSize;
  }
}
