import type { AssociationEnd } from '#domain/event';
import type { Clock } from '#src/ports';
import type { CommitmentReport, CommitmentRequested } from './storage-commitment.ts';

/** What an association is held to. */
export interface GateSettings {
  readonly pduLengthMax: number;
  readonly commandBytesMax: number;
  readonly contextsMax: number;
  readonly commitment: readonly { readonly aeTitle: string }[];
  readonly firstPduMs: number;
  readonly idleMs: number;
  readonly associationMs: number;
}

/** What the gate tells, and by whose clock. */
export interface GateDoors {
  readonly settings: GateSettings;
  readonly clock: Clock;
  /** The association ended otherwise than by rejection or release. */
  readonly aborted: (cause: AssociationEnd, reason: string) => void;
  /** An archive answers a request to commit. */
  readonly reported?: ((report: CommitmentReport) => void) | undefined;
  /** A modality asks us to commit. */
  readonly requested?: ((request: CommitmentRequested, aeTitle: string) => Promise<void>) | undefined;
}
