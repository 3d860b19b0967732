import type { FaultCode } from './errors.ts';
import type { StudyUid, Uid } from './uid.ts';

/** The kinds of object that the agent writes. */
export type DocumentKind = 'sr' | 'sc' | 'text-sr' | 'echo-sr' | 'key-objects' | 'pdf' | 'segmentation' | 'decision';

/** A result in our archive, to be written back. */
export interface ResultDocument {
  readonly sopInstance: Uid;
  readonly sopClass: Uid;
  readonly series: Uid;
  readonly study: StudyUid;
  readonly revision: number;
  readonly kind: DocumentKind;
  readonly title: string;
  /** The finding it shows, for overlays. */
  readonly findingId?: string;
  /** SOP Instance UID of the source clip it is drawn over, for overlays. */
  readonly sourceInstance?: Uid;
  readonly phantomOnly: boolean;
}

/** What proves an arrival beyond the answer to the sending: a storage commitment, or the object fetched again and compared. */
export type DeliveryProof = 'committed' | 'read-back';

/** What a destination says of a delivery beyond that it took the document: what proves it, or that there is nowhere to go. */
export type Receipt =
  | { readonly kind: 'proved'; readonly proof: DeliveryProof }
  | { readonly kind: 'withheld'; readonly because: FaultCode };

/** How the writing back of one document to one destination stands. */
export interface Delivery {
  readonly document: Uid;
  readonly destination: string;
  readonly state: 'waiting' | 'delivered' | 'withheld' | 'dead';
  readonly attempts: number;
  readonly fault?: string;
  /** Why we may believe that it is there, once it was delivered; absent where its answer is all there is. */
  readonly proof?: DeliveryProof;
  readonly at: number;
}
