import type { StudyUid, Uid } from './uid.ts';

/** What a reader makes of the agent's report. */
export const verdicts = ['accepted', 'amended', 'rejected', 'acknowledged'] as const;
export type Verdict = (typeof verdicts)[number];

/** Another value than ours for one finding; ours stays beside it. */
export interface Amendment {
  readonly finding: string;
  readonly title: string;
  readonly ours: string;
  readonly readers: string;
}

/** A reader's decision on one revision: an object of its own beside the agent's result, which stays as it is. */
export interface Decision {
  /** SOP Instance UID of the object that holds it. */
  readonly document: Uid;
  readonly study: StudyUid;
  readonly revision: number;
  /** The agent's report that was decided on. */
  readonly report: Uid;
  readonly verdict: Verdict;
  readonly comment: string;
  readonly amendments: readonly Amendment[];
  readonly reader: Reader;
  readonly at: number;
  /** Of the object's file, in hexadecimal. */
  readonly sha256: string;
  /** Detached JWS over those 64 characters (RFC 7515, appendix F), by the agent's own key. */
  readonly signature: string;
}

/** Who decided. Where nobody logs in, nobody is known: the object is then not verified (PS3.3 section C.17.2). */
export interface Reader {
  readonly name: string;
  readonly isKnown: boolean;
}

/** What a reader asks to be kept. */
export interface DecisionRequest {
  readonly study: StudyUid;
  readonly verdict: Verdict;
  readonly comment: string;
  /** The reader's values, by finding. */
  readonly amendments: Readonly<Record<string, string>>;
  readonly reader: Reader;
}

export const commentCharactersMax = 1000;
export const amendmentCharactersMax = 64;
