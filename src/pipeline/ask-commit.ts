import type { InstanceReference, Job } from '#domain/job';
import { rankOf } from '#domain/job-rank';
import type { Agent } from './agent.ts';

interface Asked {
  readonly transaction: string;
  readonly instances: readonly InstanceReference[];
}

/** Takes modalities' requests to commit; each resolves once its job is durable. The same request again is the same job. */
export function createCommit({ ledger, clock, rules }: Pick<Agent, 'ledger' | 'clock' | 'rules'>) {
  return async ({ transaction, instances }: Asked, aeTitle: string): Promise<void> => {
    const first = await firstHeld(instances, ledger);
    const study = first?.facts.study;
    const job: Job = { kind: 'commit', ...(study && { study }), transaction, aeTitle, instances };
    await ledger.enqueue([{ job, runAt: clock.now(), priority: rankOf('commit', undefined, rules().usual) }]);
  };
}

async function firstHeld(instances: readonly InstanceReference[], ledger: Agent['ledger']) {
  for (const { sopInstance } of instances) {
    const held = await ledger.instance(sopInstance);
    if (held) return held;
  }
  return undefined;
}
