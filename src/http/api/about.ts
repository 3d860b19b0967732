import type { Explanation } from '#domain/explanation';
import type { Role } from '#http/login';
import type { ModelShown } from './study.ts';

/** `GET /api/about`: what runs here, and how one reaches it. */
export interface AboutDocument {
  readonly version: string;
  readonly notice: string;
  /** Where modalities send to. */
  readonly dimse: { readonly aeTitle: string; readonly host: string; readonly port: number };
  /** Names of the archives that are watched, and of the destinations that results go to. */
  readonly archives: readonly string[];
  readonly destinations: readonly string[];
  readonly models: readonly ModelShown[];
  /** True where a model knows phantoms only: never for patients. */
  readonly phantomOnly: boolean;
  /** True where `POST /api/demonstration` makes a study. */
  readonly demonstration: boolean;
  /** How the model can explain, the usual method first. */
  readonly methods: readonly Explanation['method'][];
  /** The site's viewer; `{StudyInstanceUID}` stands for the study. */
  readonly viewerUrl?: string;
  /** Who asks, and what they may do. */
  readonly login: { readonly name?: string; readonly roles: readonly Role[] };
}

/** `POST /api/demonstration`, answered 202: the study that was made and sent. */
export interface DemonstrationDocument {
  readonly study: string;
}

/** `GET /health` and `GET /ready` (503 where a part is not). */
export interface HealthDocument {
  readonly status: 'live';
}
export interface ReadinessDocument {
  readonly ready: boolean;
  readonly parts: readonly ReadyPart[];
}
export interface ReadyPart {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

/** Stands on every output. */
export const researchNotice = 'For research use only. Not a medical device.';
