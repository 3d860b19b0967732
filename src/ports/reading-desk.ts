import type { Assessment } from '#domain/assessment';
import type { Decision, DecisionRequest } from '#domain/decision';
import type { ResultDocument } from '#domain/document';
import type { Explanation } from '#domain/explanation';
import type { InstanceFacts } from '#domain/instance';
import type { StudyUid, Uid } from '#domain/uid';
import type { ComposedDocument } from '#src/ports';

/** What a reader asks to see explained on a study: a sentence of their own, or the one behind a finding. */
export interface Question {
  readonly study: StudyUid;
  readonly about: { readonly sentence: string } | { readonly finding: string };
  readonly method?: Explanation['method'];
}

/** The answer, drawn over the clip's own frames; it is kept nowhere. */
export interface Answer {
  readonly sentence: string;
  readonly similarity: number;
  readonly method: Explanation['method'];
  readonly sopInstance: Uid;
  /** The frame most like the sentence, from 0. */
  readonly keyFrame: number;
  /** Which frame of the clip each picture is of, from 0. */
  readonly frameIndices: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** Baseline JPEG. */
  readonly pictures: readonly Uint8Array[];
  readonly phantomOnly: boolean;
}

/** What readers may ask of the agent, beyond looking at what it made. */
export interface Desk {
  /** How the model can explain, the usual method first. */
  readonly methods: readonly Explanation['method'][];
  /** Throws NOT_FOUND, REQUEST_INVALID or MODEL_UNAVAILABLE. */
  ask(question: Question): Promise<Answer>;
  /** Throws NOT_FOUND or REQUEST_INVALID. */
  decide(request: DecisionRequest): Promise<Decision>;
  /** What was decided on a study, each with whether its signature holds for the object as it lies in the archive. */
  decisions(study: StudyUid): Promise<readonly CheckedDecision[]>;
  /** For whoever checks signatures elsewhere: the public key (RFC 7517); absent until the first decision. */
  publicKey(): Promise<object | undefined>;
  assessAgain(study: StudyUid): Promise<void>;
  sendAgain(document: Uid, destination: string): Promise<void>;
  /** Puts a job that was set aside back into its queue, or all; returns how many. */
  retry(which: number | 'all'): Promise<number>;
}

export interface CheckedDecision extends Decision {
  /** True where the archive's file is the one that was signed, and the signature is by the agent's key. */
  readonly isGenuine: boolean;
}

/** What makes a decision an object, and signs it. */
export interface DecisionTools {
  compose(input: DecisionComposition): ComposedDocument;
  /** A detached JWS over the text. */
  sign(text: string): Promise<string>;
}

export interface DecisionComposition extends Pick<Decision, 'verdict' | 'comment' | 'amendments' | 'reader' | 'at'> {
  readonly assessment: Assessment;
  readonly sources: readonly InstanceFacts[];
  /** The agent's report that was decided on. */
  readonly report: ResultDocument;
  /** What it follows: the agent's reports, and decisions before this one. */
  readonly superseded: readonly ResultDocument[];
}
