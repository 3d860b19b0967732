import type { ClipReading } from './clip.ts';
import type { Finding, FindingDefinition } from './finding.ts';
import type { StudyUid } from './uid.ts';

/** Which model spoke: enough to run the same again. */
export interface ModelIdentity {
  readonly id: string;
  readonly name: string;
  readonly manufacturer: string;
  readonly version: string;
  /** SHA-256 over weights, prompts, calibration and preprocessing. */
  readonly digest: string;
  /** True for weights that know phantoms only: never for patients. */
  readonly phantomOnly: boolean;
  /** Execution provider that ran it, such as cpu or cuda. */
  readonly provider: string;
}

/** The preliminary assessment of a study comes before its first. */
export const preliminaryRevision = 0;

/** What the agent made of a study's instances, once they had settled. Plain data: it survives JSON. */
export interface Assessment {
  readonly study: StudyUid;
  /** 1 for the first of a settled study; late clips open the next. 0 is the preliminary one. */
  readonly revision: number;
  /** Preliminary: of one clip, while the rest of the study still arrives. */
  readonly stage: 'preliminary' | 'settled';
  /** SHA-256 over the sorted SOP Instance UIDs and digests of the instances assessed. */
  readonly sourceDigest: string;
  readonly model: ModelIdentity;
  readonly viewModel: ModelIdentity;
  readonly clips: readonly ClipReading[];
  readonly findings: readonly Finding[];
  readonly definitions: readonly FindingDefinition[];
  /** Mean embedding of the clips that were used, of length 1, where the model has such: it tells drift, and enters no document. */
  readonly embedding?: readonly number[];
  /** Arrival of the last instance assessed: the documents carry this time, so that they can be made again byte for byte. */
  readonly settledAt: number;
}
