import type { AboutDocument, DemonstrationDocument } from '#http/api/about';
import type { AnswerShown, AskRequest, DecideRequest, DecisionShown } from '#http/api/reader';
import type { StudyDetail, StudyPage } from '#http/api/study';
import type { SystemDocument } from '#http/api/system';
import { nameWords } from './words.ts';

/** What our own service refused: a code of the table of faults; `silent` where it did not answer. */
export class Refusal extends Error {
  readonly code: string;
  readonly detail: string;

  constructor(code: string, detail = '') {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}

async function load<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init).catch((cause: unknown) => {
    throw Object.assign(new Refusal('silent'), { cause });
  });
  if (response.status === 204) return [] as T;
  const answer = (await response.json()) as T & { readonly code?: string; readonly detail?: string };
  if (!response.ok) throw new Refusal(answer.code ?? 'UNEXPECTED', answer.detail);
  return answer;
}

function send<T>(path: string, body: object = {}): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  return load<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

const at = (study: string) => `/api/studies/${encodeURIComponent(study)}`;

export const loadAbout = () => load<AboutDocument>('/api/about');
export const loadStudies = (query: URLSearchParams) => load<StudyPage>(`/api/studies?${query}`);
export const loadStudy = (study: string) => load<StudyDetail>(at(study));
export const loadSystem = () => load<SystemDocument>('/api/system');
export const runDemonstration = () => load<DemonstrationDocument>('/api/demonstration', { method: 'POST' });
export const ask = (study: string, question: AskRequest) => send<AnswerShown>(`${at(study)}/ask`, question);
export const decide = (study: string, decision: DecideRequest) =>
  send<DecisionShown>(`${at(study)}/decisions`, decision);
export const assessAgain = (study: string) => send<object>(`${at(study)}/assess`);
export const sendAgain = (document: string, destination: string) =>
  send<object>(`/api/documents/${document}/send`, { destination });
export const retry = (id: number | 'all') =>
  send<object>(id === 'all' ? '/api/administration/set-aside/retry' : `/api/set-aside/${id}/retry`);

/** What the archive says of a study's patient. */
export interface Patient {
  readonly name: string;
  readonly id: string;
  /** As DICOM writes dates. */
  readonly birthDate: string;
  readonly sex: string;
  readonly studyDate: string;
  readonly description: string;
}

type Dataset = Readonly<Record<string, { readonly Value?: readonly unknown[] }>>;

/** Asks the archive by QIDO-RS, as any viewer would: our own API knows no patients. */
async function query(parameters: Readonly<Record<string, string>>): Promise<readonly Dataset[]> {
  const headers = { Accept: 'application/dicom+json' };
  return load<readonly Dataset[]>(`/dicom-web/studies?${new URLSearchParams(parameters)}`, { headers });
}

export async function loadPatient(study: string): Promise<Patient | undefined> {
  const [dataset] = await query({ StudyInstanceUID: study });
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
    birthDate: text('00100030'),
    sex: text('00100040'),
    studyDate: text('00080020'),
    description: text('00081030'),
  };
}

const foundMax = 100;

/** The studies whose patient's name or ID holds a text, as the archive matches it. */
export async function findStudies(text: string): Promise<readonly string[]> {
  const like = `*${text.trim().replaceAll(/[*?\\]/g, '')}*`;
  const limit = String(foundMax);
  const found = await Promise.all([query({ PatientName: like, limit }), query({ PatientID: like, limit })]);
  const uids = found.flat().map((dataset) => dataset['0020000D']?.Value?.[0]);
  return [...new Set(uids.filter((uid) => typeof uid === 'string'))].slice(0, foundMax);
}
