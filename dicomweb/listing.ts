import { countsIn, countTags, mayHold, studyDatesUpTo } from '#dicom/study-search';
import { AgentError } from '#domain/errors';
import type { DicomJson } from '#domain/instance';
import type { ListedInstance, StudyListing } from '#src/ports/archives';
import { readPages } from '#dicomweb/client/pages';
import type { Parameters, Query } from '#dicomweb/client/query';

export interface Window {
  /** Series of these modalities are taken, such as US. */
  readonly modalities: readonly string[];
  /** How far back studies are looked for, by study date. */
  readonly lookbackDays: number;
  /** Results asked for at once. */
  readonly pageSize: number;
}

/** Lists the studies of the last days that hold a wanted modality, before any is taken: pages shift while time passes. */
export async function listStudies(query: Query, window: Window, at: Moment): Promise<StudyListing> {
  const lists = [];
  for (const modality of window.modalities) lists.push(await listOfModality(query, window, { ...at, modality }));
  const counts = new Map(lists.flatMap(({ found }) => [...found].map(([study, one]) => [study, one.counts] as const)));
  const studies = [...counts].map(([study, count]) => ({ study, ...count }));
  if (lists.every(({ end }) => end !== 'repeating')) return { studies };
  return { studies, error: hidden() };
}

interface Moment {
  readonly now: number;
  readonly signal: AbortSignal;
}

/** A large hospital makes 300 echo studies a day, of a few series with a few hundred instances. */
const resultsMax = { studies: 20_000, series: 2000, instances: 20_000 } as const;

async function listOfModality(
  query: Query,
  { lookbackDays, pageSize }: Window,
  at: Moment & { readonly modality: string },
) {
  // Archives return the counts only on request, some of them.
  const wanted = { StudyDate: studyDatesUpTo(at.now, lookbackDays), includefield: countTags.join(',') };
  const keep = (dataset: DicomJson) => ({ counts: countsIn(dataset), mayHold: mayHold(dataset, at.modality) });
  const read = (narrower: Parameters) =>
    readPages((page) => query.studies({ ...wanted, ...narrower, ...page }, at.signal), {
      pageSize,
      key: '0020000D',
      resultsMax: resultsMax.studies,
      keep,
    });
  const pages = await read({ ModalitiesInStudy: at.modality });
  if (pages.end !== 'empty') return pages;
  // Orthanc 1.10 gives one page of a search by modality and nothing behind it: there the dates must do.
  const all = await read({});
  return { ...all, found: new Map([...all.found].filter(([, one]) => one.mayHold)) };
}

/** The instances of a study that lie in series of a wanted modality. */
export async function* listInstances(
  query: Query,
  study: string,
  { modalities, pageSize, signal }: Window & { readonly signal: AbortSignal },
): AsyncGenerator<ListedInstance, void, void> {
  const isWanted = (dataset: DicomJson) => modalities.some((wanted) => wanted === dataset['00080060']?.Value?.[0]);
  const bySeries = await readPages((page) => query.series(study, page, signal), {
    pageSize,
    key: '0020000E',
    resultsMax: resultsMax.series,
    keep: isWanted,
  });
  if (bySeries.end === 'repeating') throw hidden();
  for (const [series, wanted] of bySeries.found) {
    if (!wanted) continue;
    const { found, end } = await readPages((page) => query.instances({ study, series }, page, signal), {
      pageSize,
      key: '00080018',
      resultsMax: resultsMax.instances,
      keep: () => true,
    });
    if (end === 'repeating') throw hidden();
    for (const sopInstance of found.keys()) yield { study, series, sopInstance };
  }
}

function hidden(): AgentError {
  return new AgentError('ARCHIVE_ANSWER_UNUSABLE', 'It gives the same page whatever the offset: raise the page size.');
}
