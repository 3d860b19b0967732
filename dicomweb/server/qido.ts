import type { DicomJson, Instance } from '#domain/instance';
import type { Catalogue, CatalogueQuery } from '#src/ports/archives';
import { instanceAttributes, type Level, pick, returned, seriesAttributes, studyAttributes } from './attributes.ts';
import { isMatch } from './matching.ts';
import { narrow, type Search } from './search.ts';
import type { Urls } from './urls.ts';

export interface Query {
  readonly level: Level;
  /** Study and series that the URL names. */
  readonly within: Pick<CatalogueQuery, 'study' | 'series'>;
  readonly search: Search;
  readonly urls: Urls;
}

export interface Found {
  readonly datasets: readonly DicomJson[];
  /** True where more match than were asked for or may be given at once. */
  readonly hasMore: boolean;
}

/** Answers a QIDO-RS search (PS3.18 section 10.6), reading the catalogue no further than it must. */
export async function find(catalogue: Catalogue, query: Query, resultsMax: number): Promise<Found> {
  const { search, level, within } = query;
  const { where, rest } = narrow(search.keys);
  const keys = level === 'study' ? rest : search.keys;
  const limit = Math.min(search.limit ?? resultsMax, resultsMax);
  // The catalogue can skip studies by itself only if it also does all of the matching.
  const isPagedThere = level === 'study' && rest.length === 0;
  let toSkip = isPagedThere ? 0 : search.offset;
  const datasets: DicomJson[] = [];
  const start = { ...where, ...within, offset: isPagedThere ? search.offset : 0 };
  for await (const candidate of candidates(catalogue, query, start)) {
    if (!keys.every((key) => isMatch(candidate, key))) continue;
    if (toSkip > 0) toSkip -= 1;
    else if (datasets.length < limit) datasets.push(pick(candidate, levelsOf(query), search.include));
    else return { datasets, hasMore: true };
  }
  return { datasets, hasMore: false };
}

/** Attributes of the levels above are given where the URL does not name them (PS3.18 section 10.6.3.3). */
function levelsOf({ level, within }: Query): readonly Level[] {
  if (level === 'study') return ['study'];
  const above: readonly Level[] = within.study ? [] : ['study'];
  if (level === 'series') return [...above, 'series'];
  return [...above, ...(within.series ? [] : (['series'] as const)), 'instance'];
}

async function* candidates(
  catalogue: Catalogue,
  { level, urls }: Query,
  where: CatalogueQuery & { readonly offset: number },
): AsyncGenerator<DicomJson, void, void> {
  for (let { offset } = where; ; offset += studiesAtOnce) {
    const studies = await catalogue.studies({ ...where, limit: studiesAtOnce, offset });
    for (const summary of studies) {
      const study = studyAttributes(summary, urls.study);
      if (level === 'study') yield study;
      else yield* below(catalogue, { study, level, urls }, where);
    }
    if (studies.length < studiesAtOnce) return;
  }
}

// Enough that a page of results costs few statements, few enough that their attributes fit in memory.
const studiesAtOnce = 100;

async function* below(
  catalogue: Catalogue,
  { study, level, urls }: { readonly study: DicomJson; readonly level: Level; readonly urls: Urls },
  { series, sopInstance }: CatalogueQuery,
): AsyncGenerator<DicomJson, void, void> {
  const instances = await catalogue.instances({
    study: String(study['0020000D']?.Value?.[0]),
    ...(series === undefined ? {} : { series }),
    ...(sopInstance === undefined || level === 'series' ? {} : { sopInstance }),
  });
  for (const members of Map.groupBy(instances, ({ facts }) => facts.series).values()) {
    const [first, ...others] = members as [Instance, ...Instance[]];
    const ofSeries = { ...only(study, 'study'), ...seriesAttributes([first, ...others], urls.series(first.facts)) };
    if (level === 'series') yield ofSeries;
    else
      for (const one of members)
        yield {
          ...only(study, 'study'),
          ...only(ofSeries, 'series'),
          ...instanceAttributes(one, urls.instance(one.facts)),
        };
  }
}

function only(dataset: DicomJson, level: Level): DicomJson {
  return Object.fromEntries(Object.entries(dataset).filter(([tag]) => tag in returned[level]));
}
