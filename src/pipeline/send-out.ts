import type { ResultDocument } from '#domain/document';
import type { Job } from '#domain/job';
import type { Fact, NextJob } from '#domain/outcome';
import type { Triage } from '#domain/triage';
import { isAddressed } from './addressees.ts';
import type { Agent } from './agent.ts';
import { follow } from './next.ts';

/** Where a document goes: a delivery for each destination that it is addressed to, and a job for each that is not withheld. */
export function sendOut(
  document: ResultDocument,
  agent: Agent,
  triage: Triage | undefined,
): { readonly facts: readonly Fact[]; readonly next: readonly NextJob[] } {
  const facts: Fact[] = [];
  const next: NextJob[] = [];
  const { study, sopInstance } = document;
  const withheld = document.phantomOnly && !agent.settings.deliverPhantomResults;
  for (const destination of agent.destinations) {
    if (!isAddressed(destination, document, triage)) continue;
    const delivery = { document: sopInstance, destination: destination.name, attempts: 0, at: agent.clock.now() };
    facts.push({ kind: 'delivery', delivery: { ...delivery, state: withheld ? 'withheld' : 'waiting' } });
    const job: Job = { kind: 'write-back', study, document: sopInstance, destination: destination.name };
    if (!withheld) next.push(follow(job, agent, triage));
  }
  return { facts, next };
}
