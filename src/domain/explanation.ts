import type { Box } from './geometry.ts';
import type { Uid } from './uid.ts';

/** A PromptCAM: where in a clip's frames a sentence is seen. Integrated gradients is the paper's form, Grad-CAM the authors' published code. */
export interface Explanation {
  readonly sopInstance: Uid;
  readonly findingId: string;
  readonly sentence: string;
  readonly similarity: number;
  readonly method: 'grad-cam' | 'integrated-gradients';
  /** What one needs to make it again, such as steps, baseline, completeness error. */
  readonly parameters: Readonly<Record<string, string>>;
  /** One map a frame, [frames, size, size], 0 to 1 over the whole clip. */
  readonly maps: Float32Array;
  readonly size: number;
  /** Which frame of the source each map belongs to, from 0. */
  readonly frameIndices: readonly number[];
  /** The part of the source frame that the square stands for. */
  readonly crop: Box;
}
