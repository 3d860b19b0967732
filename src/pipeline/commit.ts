import type { Job } from '#domain/job';
import type { Commitment, FailedReference } from '#src/ports';
import type { Agent } from './agent.ts';

// Failure Reason (0008,1197), PS3.3 section C.14.1.1.
const processingFailure = 0x0110;
const noSuchInstance = 0x0112;
const classesDiffer = 0x0119;

/** What we vouch for of what a modality asked: instances whose row is committed, whose file is there, and which stay. Nothing is remembered of it, so that a repeat is answered by what is true then. */
export async function commitmentOf(
  { transaction, instances }: Pick<Extract<Job, { kind: 'commit' }>, 'transaction' | 'instances'>,
  { ledger, files, keeps }: Pick<Agent, 'ledger' | 'files' | 'keeps'>,
): Promise<Commitment> {
  const committed = [];
  const failed: FailedReference[] = [];
  for (const reference of instances) {
    const held = await ledger.instance(reference.sopInstance);
    if (!held) failed.push({ ...reference, reason: noSuchInstance });
    else if (held.facts.sopClass !== reference.sopClass) failed.push({ ...reference, reason: classesDiffer });
    else if (!keeps(held) || !(await files.isThere(held))) failed.push({ ...reference, reason: processingFailure });
    else committed.push(reference);
  }
  return { transaction, committed, failed };
}
