import type { DicomJson } from '#domain/instance';

/** What a search for studies asks for beside their UIDs: how many series and instances the archive counts. */
export const countTags = ['00201206', '00201208'] as const;

/** The days to search by Study Date (0008,0020), as a range; one more than today, since the archive's clock and time zone are its own (PS3.5 section 6.2: DA is local). */
export function studyDatesUpTo(now: number, days: number): string {
  return `${dateOf(now - days * dayMs)}-${dateOf(now + dayMs)}`;
}

/** How many series and instances the archive counts for a study; undefined where it does not say. */
export function countsIn(dataset: DicomJson): { readonly counts: string; readonly instances: number } | undefined {
  const [series = Number.NaN, instances = Number.NaN] = countTags.map((tag) => count(dataset[tag]?.Value?.[0]));
  return Number.isSafeInteger(series + instances) ? { counts: `${series}/${instances}`, instances } : undefined;
}

/** False where the archive says which modalities a study has, and this is none of them. */
export function mayHold(dataset: DicomJson, modality: string): boolean {
  const modalities = dataset['00080061']?.Value;
  return modalities === undefined || modalities.length === 0 || modalities.includes(modality);
}

/** The UID under a tag; undefined where there is none. */
export function uidIn(dataset: DicomJson, tag: string): string | undefined {
  const uid: unknown = dataset[tag]?.Value?.[0];
  return typeof uid === 'string' && /^[\d.]{1,64}$/.test(uid) ? uid : undefined;
}

const dayMs = 86_400_000;

function dateOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10).replaceAll('-', '');
}

function count(value: unknown): number {
  return value === undefined || value === null || value === '' ? Number.NaN : Number(value);
}
