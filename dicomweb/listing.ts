import { AgentError } from '#domain/errors';
import type { DicomJson } from '#domain/instance';
import { readPages, uidIn } from '#dicomweb/client/pages';
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
  const studies = [...new Map(lists.flatMap(({ found }) => found.map(listed)).map((one) => [one.study, one])).values()];
  if (lists.every(({ end }) => end !== 'repeating')) return { studies };
  return { studies, error: hidden() };
}

interface Moment {
  readonly now: number;
  readonly signal: AbortSignal;
}

async function listOfModality(
  query: Query,
  { lookbackDays, pageSize }: Window,
  at: Moment & { readonly modality: string },
) {
  const wanted = { StudyDate: datesUpTo(at.now, lookbackDays), ...countsToo };
  const read = (narrower: Parameters) =>
    readPages((page) => query.studies({ ...wanted, ...narrower, ...page }, at.signal), { pageSize, key: '0020000D' });
  const pages = await read({ ModalitiesInStudy: at.modality });
  if (pages.end !== 'empty') return pages;
  // Orthanc 1.10 gives one page of a search by modality and nothing behind it: there the dates must do.
  const all = await read({});
  return { ...all, found: all.found.filter((dataset) => mayHold(dataset, at.modality)) };
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
  const whole = async (key: '0020000E' | '00080018', search: (page: Parameters) => ReturnType<Query['series']>) => {
    const { found, end } = await readPages(search, { pageSize, key });
    if (end === 'repeating') throw hidden();
    return found.map((dataset) => ({ uid: uidIn(dataset, key)!, dataset }));
  };
  for (const { uid: series, dataset } of await whole('0020000E', (page) => query.series(study, page, signal))) {
    const modality: unknown = dataset['00080060']?.Value?.[0];
    if (!modalities.some((wanted) => wanted === modality)) continue;
    const instances = await whole('00080018', (page) => query.instances({ study, series }, page, signal));
    for (const { uid: sopInstance } of instances) yield { study, series, sopInstance };
  }
}

function hidden(): AgentError {
  return new AgentError('ARCHIVE_ANSWER_UNUSABLE', 'It gives the same page whatever the offset: raise the page size.');
}

function listed(dataset: DicomJson): ListedStudy {
  const counts = countsIn(dataset);
  return { study: uidIn(dataset, '0020000D')!, ...(counts !== undefined && { counts }) };
}

// Archives return the counts only on request, some of them.
const countsToo = { includefield: '00201206,00201208' };

function countsIn(dataset: DicomJson): string | undefined {
  const counts = ['00201206', '00201208'].map((tag) => dataset[tag]?.Value?.[0]);
  return counts.every((count) => count !== undefined) ? counts.map(String).join('/') : undefined;
}

/** A day more than today, since the archive's clock and time zone are its own (PS3.5 section 6.2: DA is local). */
function datesUpTo(now: number, days: number): string {
  return `${dateOf(now - days * dayMs)}-${dateOf(now + dayMs)}`;
}

const dayMs = 86_400_000;

function dateOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10).replaceAll('-', '');
}
