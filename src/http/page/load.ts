import type { AboutDocument, DemonstrationDocument } from '#http/api/about';
import type { StudyDetail, StudyPage } from '#http/api/study';
import { dateWords, nameWords } from './words.ts';

/** Asks our own service; a problem document becomes an Error that says its title. */
async function load<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init).catch((cause: unknown) => {
    throw new Error('The agent does not answer.', { cause });
  });
  if (response.status === 204) return [] as T;
  const answer = (await response.json()) as T & { readonly title?: string; readonly detail?: string };
  if (!response.ok) throw new Error([answer.title, answer.detail].filter(Boolean).join(' '));
  return answer;
}

export const loadAbout = () => load<AboutDocument>('/api/about');
export const loadStudies = (limit: number) => load<StudyPage>(`/api/studies?limit=${limit}`);
export const loadStudy = (study: string) => load<StudyDetail>(`/api/studies/${encodeURIComponent(study)}`);
export const runDemonstration = () => load<DemonstrationDocument>('/api/demonstration', { method: 'POST' });

/** What the archive says of a study's patient. */
export interface Patient {
  readonly name: string;
  readonly id: string;
  readonly birthDate: string;
  readonly sex: string;
  readonly studyDate: string;
  readonly description: string;
}

type Dataset = Readonly<Record<string, { readonly Value?: readonly unknown[] }>>;

/** Asks the archive by QIDO-RS, as any viewer would: our own API knows no patients. */
export async function loadPatient(study: string): Promise<Patient | undefined> {
  const query = `StudyInstanceUID=${encodeURIComponent(study)}`;
  const headers = { Accept: 'application/dicom+json' };
  const [dataset] = await load<readonly Dataset[]>(`/dicom-web/studies?${query}`, { headers });
  if (!dataset) return undefined;
  const first = (tag: string) => dataset[tag]?.Value?.[0];
  const text = (tag: string) => {
    const value = first(tag);
    return typeof value === 'string' ? value : '';
  };
  const name = first('00100010') as Readonly<Record<string, string>> | undefined;
  return {
    name: nameWords(name?.['Alphabetic'] ?? name?.['Ideographic'] ?? ''),
    id: text('00100020'),
    birthDate: dateWords(text('00100030')),
    sex: text('00100040'),
    studyDate: dateWords(text('00080020')),
    description: text('00081030'),
  };
}
