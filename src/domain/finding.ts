import type { Code } from './code.ts';
import type { Uid } from './uid.ts';
import type { View } from './view.ts';

/** A question put to a clip, and how its answer is coded: one file each in `models/<model>/findings`. */
export type FindingDefinition = MeasurementDefinition | PresenceDefinition | GradeDefinition;

interface FindingCommon {
  readonly id: string;
  /** What a clinician calls it. */
  readonly title: string;
  readonly concept: Code;
  readonly site: Code;
  /** Views in which the question may be asked. */
  readonly views: readonly View[];
}

/** A number, read off the ranks of sentences that state it; `<#>` in a sentence stands for the number. */
export interface MeasurementDefinition extends FindingCommon {
  readonly kind: 'measurement';
  readonly unit: Code;
  /** First and last candidate value, every integer between is one. */
  readonly range: readonly [number, number];
  readonly sentences: readonly string[];
}

/** Present or absent, by the similarity of sentences that state it. */
export interface PresenceDefinition extends FindingCommon {
  readonly kind: 'presence';
  readonly sentences: readonly string[];
  /** Sentences that deny it: the contrast that a calibration may use. */
  readonly denials?: readonly string[];
}

/** One of several grades, each with sentences of its own, mildest first. */
export interface GradeDefinition extends FindingCommon {
  readonly kind: 'grade';
  readonly grades: readonly { readonly id: string; readonly answer: Code; readonly sentences: readonly string[] }[];
}

/** Which pixels a finding stands on. */
export interface FindingEvidence {
  /** The clip of the key frame. */
  readonly sopInstance: Uid;
  /** The frame most like the sentence, from 0. */
  readonly keyFrame: number;
  /** All clips that were used. */
  readonly clips: readonly Uid[];
  /** The sentence that speaks for the answer; the PromptCAM explains it. */
  readonly sentence: string;
}

/** Why a finding was not assessed. Silence would read as normal, so it is always said. */
export const omissions = {
  'no-suitable-view': 'no clip of a suitable view',
  'no-eligible-clip': 'no B-mode cine that can be analysed',
  'model-failed': 'the model failed on every suitable clip',
} as const;
export type Omission = keyof typeof omissions;

export interface Interval {
  readonly lower: number;
  readonly upper: number;
  /** Coverage that the calibration aimed at, 0 to 1. */
  readonly level: number;
}

/** The answer to a question. A similarity is a cosine, -1 to 1, never a probability. */
export type Finding =
  | {
      readonly kind: 'measured';
      readonly id: string;
      readonly value: number;
      readonly interval?: Interval;
      readonly similarity: number;
      readonly evidence: FindingEvidence;
    }
  | {
      readonly kind: 'answered';
      readonly id: string;
      readonly answer: Code;
      /** True where the answer is worth a reader's attention: present, or any grade but normal. */
      readonly notable: boolean;
      readonly similarity: number;
      readonly threshold: number;
      readonly percentile?: number;
      readonly evidence: FindingEvidence;
    }
  | {
      readonly kind: 'similarity-only';
      readonly id: string;
      readonly similarity: number;
      /** Per cent of the calibration's cases whose similarity is not above this one, 0 to 100; absent without such a calibration. */
      readonly percentile?: number;
      readonly evidence: FindingEvidence;
    }
  | { readonly kind: 'not-assessed'; readonly id: string; readonly because: Omission };
