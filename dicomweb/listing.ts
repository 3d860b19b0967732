import { AgentError } from '#domain/errors';
import type { DicomJson } from '#domain/instance';
import { readPages } from '#dicomweb/client/pages';
import type { Parameters, Query } from '#dicomweb/client/query';
import type { InstancePlace } from '#dicomweb/client/retrieve';

/** A study as the archive lists it. */
export interface ListedStudy {
  readonly study: string;
  /** Numbers of its series and instances, such as `2/57`; undefined where the archive does not say. */
  readonly counts?: string;
}

export interface Listing {
  readonly studies: readonly ListedStudy[];
  /** Why the list is not whole. */
  readonly error?: AgentError;
}

export interface Window {
  /** Series of these modalities are taken, such as US. */
  readonly modalities: readonly string[];
  /** How far back studies are looked for, by study date. */
  readonly lookbackDays: number;
  /** Results asked for at once. */
  readonly pageSize: number;
}

/** Lists the studies of the last days that hold a wanted modality, before any is taken: pages shift while time passes. */
export async function listStudies(query: Query, window: Window, at: Moment): Promise<Listing> {
  const lists = [];
  for (const modality of window.modalities) lists.push(await listOfModality(query, window, { ...at, modality }));
  const counts = new Map(lists.flatMap(({ found }) => [...found].map(([study, one]) => [study, one.counts] as const)));
  const studies = [...counts].map(([study, count]) => ({ study, ...(count !== undefined && { counts: count }) }));
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
  const wanted = { StudyDate: datesUpTo(at.now, lookbackDays), ...countsToo };
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

function mayHold(dataset: DicomJson, modality: string): boolean {
  const modalities = dataset['00080061']?.Value;
  return modalities === undefined || modalities.includes(modality);
}

/** The instances of a study that lie in series of a wanted modality. */
export async function* listInstances(
  query: Query,
  study: string,
  { modalities, pageSize, signal }: Window & { readonly signal: AbortSignal },
): AsyncGenerator<InstancePlace, void, void> {
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

// Archives return the counts only on request, some of them.
const countsToo = { includefield: '00201206,00201208' };

function countsIn(dataset: DicomJson): string | undefined {
  const counts = ['00201206', '00201208'].map((tag) => Number(dataset[tag]?.Value?.[0] ?? Number.NaN));
  return counts.every(Number.isSafeInteger) ? counts.join('/') : undefined;
}

/** A day more than today, since the archive's clock and time zone are its own (PS3.5 section 6.2: DA is local). */
function datesUpTo(now: number, days: number): string {
  return `${dateOf(now - days * dayMs)}-${dateOf(now + dayMs)}`;
}

const dayMs = 86_400_000;

function dateOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10).replaceAll('-', '');
}
