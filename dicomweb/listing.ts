import { type AgentError, asAgentError } from '#domain/errors';
import type { DicomJson } from '#domain/instance';
import { allPages, uidIn } from '#dicomweb/client/pages';
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
  readonly modalities: readonly string[];
  readonly lookbackDays: number;
  readonly pageSize: number;
}

/** Lists the studies of the last days that hold a wanted modality, before any is taken: pages shift while time passes. */
export async function listStudies(
  query: Query,
  window: Window,
  at: { now: number; signal: AbortSignal },
): Promise<Listing> {
  const found = new Map<string, ListedStudy>();
  try {
    for (const ModalitiesInStudy of window.modalities) {
      const wanted = { StudyDate: datesUpTo(at.now, window.lookbackDays), ModalitiesInStudy };
      const search = (page: Parameters) => query.studies({ ...wanted, ...countsToo, ...page }, at.signal);
      for await (const dataset of allPages(search, { pageSize: window.pageSize, key: '0020000D' })) {
        const study = uidIn(dataset, '0020000D')!;
        const counts = countsIn(dataset);
        found.set(study, { study, ...(counts !== undefined && { counts }) });
      }
    }
    return { studies: [...found.values()] };
  } catch (thrown) {
    return { studies: [...found.values()], error: asAgentError(thrown) };
  }
}

/** The instances of a study that lie in series of a wanted modality. */
export async function* listInstances(
  query: Query,
  study: string,
  { modalities, pageSize, signal }: Window & { readonly signal: AbortSignal },
): AsyncGenerator<InstancePlace, void, void> {
  const allSeries = allPages((page) => query.series(study, page, signal), { pageSize, key: '0020000E' });
  for await (const dataset of allSeries) {
    const modality: unknown = dataset['00080060']?.Value?.[0];
    if (!modalities.some((wanted) => wanted === modality)) continue;
    const series = uidIn(dataset, '0020000E')!;
    const search = (page: Parameters) => query.instances({ study, series }, page, signal);
    for await (const instance of allPages(search, { pageSize, key: '00080018' }))
      yield { study, series, sopInstance: uidIn(instance, '00080018')! };
  }
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
