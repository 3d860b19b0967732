import { ineligibilities } from '#domain/clip';
import type { FaultCode } from '#domain/errors';
import type { AgentEvent } from '#domain/event';

/** How often what was refused or could not be looked at, since the start, by code. */
export interface Tally {
  record(event: AgentEvent): void;
  readonly since: number;
  /** Objects, associations and logins that were refused. */
  refusals(): readonly Counted[];
  /** Clips that no model may look at: not failures. */
  ineligible(): readonly Counted[];
  audit(): AuditTally;
}

/** How the audit log's repository was told. */
export interface AuditTally {
  readonly told: number;
  readonly waiting: number;
  readonly lost: number;
  /** Why the last try failed; absent where it did not. */
  readonly fault?: FaultCode;
}

export interface Counted {
  readonly code: string;
  readonly count: number;
}

/** Counts refusals by reason, and audit messages, for the page. */
export function createTally(since: number): Tally {
  const [refused, ineligible] = [new Map<string, number>(), new Map<string, number>()];
  const audit: { now: AuditTally } = { now: { told: 0, waiting: 0, lost: 0 } };
  const count = (to: Map<string, number>, code: string) => void to.set(code, (to.get(code) ?? 0) + 1);
  return {
    since,
    record(event) {
      if (event.kind === 'instance-refused') count(refused, event.code);
      if (event.kind === 'association-refused' || event.kind === 'login-refused') count(refused, event.kind);
      if (event.kind === 'clip-read' && event.outcome in ineligibilities) count(ineligible, event.outcome);
      audit.now = audited(audit.now, event);
    },
    refusals: () => sorted(refused),
    ineligible: () => sorted(ineligible),
    audit: () => audit.now,
  };
}

function audited(now: AuditTally, event: AgentEvent): AuditTally {
  const { told, lost } = now;
  if (event.kind === 'audit-told') return { told: told + event.messages, waiting: event.waiting, lost };
  if (event.kind === 'audit-failed') return { ...now, waiting: event.waiting, fault: event.code };
  return event.kind === 'audit-lost' ? { ...now, lost: lost + event.records } : now;
}

function sorted(counts: ReadonlyMap<string, number>): readonly Counted[] {
  return [...counts].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count);
}
