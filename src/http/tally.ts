import { ineligibilities } from '#domain/clip';
import type { AgentEvent } from '#domain/event';

/** How often what was refused or could not be looked at, since the start, by code. */
export interface Tally {
  record(event: AgentEvent): void;
  readonly since: number;
  /** Objects, associations and logins that were refused. */
  refusals(): readonly Counted[];
  /** Clips that no model may look at: not failures. */
  ineligible(): readonly Counted[];
}

export interface Counted {
  readonly code: string;
  readonly count: number;
}

/** Counts refusals by reason, for the page. */
export function createTally(since: number): Tally {
  const [refused, ineligible] = [new Map<string, number>(), new Map<string, number>()];
  const count = (to: Map<string, number>, code: string) => void to.set(code, (to.get(code) ?? 0) + 1);
  return {
    since,
    record(event) {
      if (event.kind === 'instance-refused') count(refused, event.code);
      if (event.kind === 'association-refused' || event.kind === 'login-refused') count(refused, event.kind);
      if (event.kind === 'clip-read' && event.outcome in ineligibilities) count(ineligible, event.outcome);
    },
    refusals: () => sorted(refused),
    ineligible: () => sorted(ineligible),
  };
}

function sorted(counts: ReadonlyMap<string, number>): readonly Counted[] {
  return [...counts].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count);
}
