import type { Agent } from '#pipeline/agent';
import { createSenders } from '#pipeline/senders';
import type { Ledger } from '#src/ports/ledger';
import type { Instance } from '#domain/instance';
import type { NextJob } from '#domain/outcome';

/** What receiving needs beyond its doors: no rule, no worklist, nobody who sends. */
export function quietReceiving(quietPeriodMs = 10_000): Pick<Agent, 'settings' | 'senders' | 'worklists' | 'rules'> {
  return {
    settings: storySettings(quietPeriodMs),
    senders: createSenders(),
    worklists: [],
    rules: () => ({ lines: [], usual: 'LOW' }),
  };
}

export function storySettings(quietPeriodMs = 10_000): Agent['settings'] {
  return {
    quietPeriodMs,
    quietMaxMs: Math.max(quietPeriodMs, 600_000),
    settleWithinMs: 7_200_000,
    framesMin: 10,
    clipsMax: 2,
    overlaysMax: 1,
    deliverPhantomResults: true,
  };
}

/** Admits an instance with one job, as a study's first word or a further one. */
export function admit(ledger: Pick<Ledger, 'admit'>, instance: Instance, next: NextJob): Promise<'new' | 'repeated'> {
  return ledger.admit({ instance, next: [next], nextOfStudy: [] });
}
