import type { Amendment, Verdict } from '#domain/decision';
import type { Explanation } from '#domain/explanation';
import type { PictureShown } from './study.ts';

/** `POST /api/studies/:uid/ask`: a sentence of one's own, or the one behind a finding. Nothing of the answer is kept. */
export interface AskRequest {
  readonly sentence?: string;
  readonly finding?: string;
  readonly method?: Explanation['method'];
}

/** A similarity is a cosine, -1 to 1, never a probability. */
export interface AnswerShown {
  readonly id: string;
  readonly sentence: string;
  readonly similarity: number;
  readonly method: Explanation['method'];
  readonly sopInstance: string;
  /** From 1. */
  readonly keyFrame: number;
  readonly picture: PictureShown;
  readonly phantomOnly: boolean;
  readonly notice: string;
}

/** `POST /api/studies/:uid/decisions`. */
export interface DecideRequest {
  readonly verdict: Verdict;
  readonly comment?: string;
  /** The reader's values, by finding, where a report is amended. */
  readonly amendments?: Readonly<Record<string, string>>;
}

/** `GET /api/studies/:uid/decisions`: what readers decided, with what one needs to check it. */
export interface DecisionsDocument {
  readonly decisions: readonly DecisionShown[];
  /** JSON Web Key (RFC 7517) of the signatures; absent before the first. */
  readonly publicKey?: object;
}

export interface DecisionShown {
  readonly document: string;
  readonly revision: number;
  readonly report: string;
  readonly verdict: Verdict;
  readonly comment: string;
  readonly amendments: readonly Amendment[];
  readonly reader: string;
  /** False where nobody had logged in: the object is then unverified. */
  readonly isKnownReader: boolean;
  readonly at: string;
  readonly sha256: string;
  /** Detached JWS over the 64 characters of `sha256` (RFC 7515, appendix F). */
  readonly signature: string;
  /** Whether the archive's object is the one that was signed, and signed by this agent. */
  readonly isGenuine: boolean;
}
