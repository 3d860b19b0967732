import type { Assessment } from '#domain/assessment';
import type { Ineligibility } from '#domain/clip';
import type { Verdict } from '#domain/decision';
import type { Delivery, DocumentKind } from '#domain/document';
import type { Omission } from '#domain/finding';
import type { StudyState } from '#domain/study';
import type { Priority, Reason, TriageStage } from '#domain/triage';
import type { View } from '#domain/view';
import type { DecisionShown } from './reader.ts';

// What /api/studies answers. No value here identifies a patient: who may know the name asks /dicom-web for it.

/** `GET /api/studies`: what is undecided and urgent first, then the newest. */
export interface StudyPage {
  readonly studies: readonly StudyListed[];
  readonly counts: StudyCounts;
  /** Address of the page after this one; absent on the last. */
  readonly next?: string;
}

/** How many studies are to be read, by urgency and by state, and how many were decided. */
export interface StudyCounts {
  readonly priority: Readonly<Record<Priority, number>>;
  readonly state: Readonly<Record<StudyState['kind'], number>>;
  readonly decided: number;
}

/** How urgent a study is; preliminary until it has settled. */
export interface TriageShown {
  readonly stage: TriageStage;
  readonly priority: Priority;
  /** The site's rules that were met, in the site's words; those that were withdrawn stay in sight. */
  readonly reasons: readonly Pick<Reason, 'rule' | 'message' | 'priority' | 'finding' | 'standing'>[];
}

/** A study as a line of the list. Times are ISO 8601 in UTC. */
export interface StudyListed {
  /** Study Instance UID. */
  readonly study: string;
  readonly state: StudyState['kind'];
  readonly revision?: number;
  readonly triage?: TriageShown;
  /** What a reader decided on the newest revision. */
  readonly decided?: Verdict;
  /** Why it was set aside. */
  readonly fault?: FaultShown;
  readonly instances: number;
  readonly firstArrivalAt: string;
  readonly lastArrivalAt: string;
  /** What the newest assessment found; absent before the first. */
  readonly summary?: FindingsSummary;
}

export interface FindingsSummary {
  readonly measured: readonly {
    readonly id: string;
    readonly title: string;
    readonly value: number;
    readonly unit: string;
  }[];
  /** Findings that are worth a reader's attention. */
  readonly notable: readonly { readonly id: string; readonly title: string; readonly answer: string }[];
  /** How many questions have an answer of any kind, and how many have none. */
  readonly assessed: number;
  readonly notAssessed: number;
  readonly phantomOnly: boolean;
}

/** `GET /api/studies/:uid`. */
export interface StudyDetail extends StudyListed {
  readonly clips: readonly ClipShown[];
  /** The newest assessment; absent before the first. */
  readonly assessment?: AssessmentShown;
  /** What readers decided, the newest first. */
  readonly decisions: readonly DecisionShown[];
  /** What was written, newest revision first. */
  readonly documents: readonly DocumentShown[];
}

export interface AssessmentShown {
  readonly revision: number;
  /** Preliminary: of one clip, while the rest still arrives. */
  readonly stage: Assessment['stage'];
  readonly settledAt: string;
  readonly model: ModelShown;
  readonly viewModel: ModelShown;
  readonly findings: readonly FindingShown[];
}

export interface ModelShown {
  readonly id: string;
  readonly name: string;
  readonly manufacturer: string;
  readonly version: string;
  readonly digest: string;
  /** True for weights that know phantoms only: never for patients. */
  readonly phantomOnly: boolean;
  readonly provider: string;
}

/** A source object and how it fared. */
export interface ClipShown {
  readonly sopInstance: string;
  readonly modality: string;
  /** Absent where it is no image. */
  readonly picture?: PictureShown;
  /** Absent for an object that no assessment has looked at yet. */
  readonly reading?: ClipReadingShown;
}

export type ClipReadingShown =
  | {
      readonly kind: 'eligible';
      readonly used: boolean;
      readonly view?: {
        readonly code: View;
        /** False where the classifier was unsure: the view named is the nearest. */
        readonly recognised: boolean;
        /** A softmax value: it ranks, it is no probability of being right. */
        readonly score: number;
      };
    }
  | { readonly kind: 'ineligible'; readonly because: Ineligibility };

/** Where the frames of an object are shown as pictures. */
export interface PictureShown {
  readonly frames: number;
  readonly rows: number;
  readonly columns: number;
  /** Address of one frame; `{frame}` stands for its number, from 1. */
  readonly rendered: string;
  readonly thumbnail: string;
  /** Mean time between frames; absent where the object does not say. */
  readonly frameTimeMs?: number;
  /** Of an overlay: which frame of its clip each frame is drawn over, from 1. */
  readonly sourceFrames?: readonly number[];
}

/** Which pixels a finding stands on. */
export interface EvidenceShown {
  readonly sopInstance: string;
  /** From 1. */
  readonly keyFrame: number;
  readonly clips: readonly string[];
  readonly sentence: string;
}

/** The answer to a question. A similarity is a cosine, -1 to 1, never a probability. */
export type FindingShown = { readonly id: string; readonly title: string } & (
  | {
      readonly kind: 'measured';
      readonly value: number;
      readonly unit: string;
      readonly interval?: { readonly lower: number; readonly upper: number; readonly level: number };
      readonly similarity: number;
      readonly evidence: EvidenceShown;
    }
  | {
      readonly kind: 'answered';
      readonly answer: string;
      readonly notable: boolean;
      readonly similarity: number;
      readonly threshold: number;
      readonly percentile?: number;
      readonly evidence: EvidenceShown;
    }
  | {
      readonly kind: 'similarity-only';
      readonly similarity: number;
      /** Per cent of the calibration's cases whose similarity is not above this one. */
      readonly percentile?: number;
      readonly evidence: EvidenceShown;
    }
  | { readonly kind: 'not-assessed'; readonly because: Omission }
);

/** A document that the agent wrote, and where it arrived. */
export interface DocumentShown {
  readonly sopInstance: string;
  readonly kind: DocumentKind;
  readonly title: string;
  readonly revision: number;
  /** False where a newer revision supersedes it. */
  readonly current: boolean;
  readonly phantomOnly: boolean;
  /** The Part 10 file. */
  readonly download: string;
  readonly findingId?: string;
  /** The clip that an overlay is drawn over. */
  readonly sourceInstance?: string;
  readonly picture?: PictureShown;
  readonly deliveries: readonly DeliveryShown[];
}

export interface DeliveryShown {
  readonly destination: string;
  readonly state: Delivery['state'];
  readonly attempts: number;
  readonly fault?: FaultShown;
  /** What proves it beyond the answer of the archive. */
  readonly proof?: NonNullable<Delivery['proof']>;
  readonly at: string;
}

/** A row of the table of faults. */
export interface FaultShown {
  readonly code: string;
  readonly sentence: string;
}
