import type { Delivery } from '#domain/document';
import type { JobKind } from '#domain/job';
import type { WatchReport } from '#domain/watching';
import type { AuditTally, Counted } from '#http/tally';
import type { ModelShown } from './study.ts';

/** What the inside of the agent says of itself, beyond the ledger. */
export interface SystemFacts {
  readonly quarantined: readonly Counted[];
  readonly disk: { readonly freeBytes: number; readonly neededBytes: number };
  readonly configuration: { readonly refused?: string; readonly needRestart: readonly string[] };
  readonly archives: readonly string[];
  readonly worklists: readonly string[];
  readonly destinations: readonly { readonly name: string; readonly kind: string }[];
  /** Where audit messages go; absent where nowhere. */
  readonly auditRepository?: string;
}

/** `GET /api/system`: how the agent stands. */
export interface SystemDocument extends Omit<SystemFacts, 'destinations' | 'auditRepository'> {
  readonly destinations: readonly DestinationShown[];
  readonly backlog: readonly BacklogShown[];
  readonly models: readonly ModelShown[];
  /** ISO 8601; counts of refusals begin here. */
  readonly since: string;
  readonly refusals: readonly Counted[];
  readonly ineligible: readonly Counted[];
  readonly setAside: readonly SetAsideShown[];
  /** Absent where no audit messages are told. */
  readonly audit?: AuditTally & { readonly repository: string };
  /** Whether studies still look as they did, and how a second model differs. */
  readonly watch: WatchReport;
}

export interface DestinationShown {
  readonly name: string;
  /** Absent for one that is not set any more. */
  readonly kind?: string;
  readonly counts: Readonly<Record<Delivery['state'], number>>;
}

export interface BacklogShown {
  readonly kind: JobKind;
  readonly waiting: number;
  readonly running: number;
  readonly setAside: number;
}

/** Work that failed for good: a person looks at it. */
export interface SetAsideShown {
  readonly id: number;
  readonly kind: JobKind;
  readonly study: string;
  readonly destination?: string;
  readonly attempts: number;
  readonly fault: string;
}
