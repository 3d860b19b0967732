import { AgentError } from '#domain/errors';
import { requestAssociation, type AssociationOptions, type RequestedAssociation } from './association-requestor.ts';
import { actionRequest, commandFields } from './command-set.ts';
import { EventReports } from './event-reports.ts';
import { dataPdu, ProtocolViolation } from './pdu.ts';
import { storageCommitment } from './sop-classes.ts';
import { commitmentInstance, writeCommitmentRequest } from './storage-commitment.ts';
import type { CommittedInstance, CommitmentReport } from './storage-commitment.ts';

export interface CommitmentRequest extends Omit<AssociationOptions, 'contexts'> {
  readonly transaction: string;
  readonly instance: CommittedInstance;
  /** An answer that comes on this very association; most archives open another. */
  readonly reported: (report: CommitmentReport) => void;
  /** Aborts once an answer came on any association, or nobody waits any longer. */
  readonly enough: AbortSignal;
}

const implicitLittleEndian = '1.2.840.10008.1.2';
const contextId = 1;

/**
 * Asks an archive to commit to an instance (N-ACTION, PS3.4 section J.3.2), and listens on the association until `enough`.
 * Throws DESTINATION_REFUSED where the archive does not offer it, DESTINATION_BUSY where it does not take the request.
 */
export async function requestCommitment(request: CommitmentRequest): Promise<void> {
  const { to, transaction, instance } = request;
  const contexts = [{ id: contextId, abstractSyntax: storageCommitment.uid, transferSyntaxes: [implicitLittleEndian] }];
  const association = await requestAssociation({ ...request, contexts });
  try {
    if (!association.accepted.has(contextId))
      throw new AgentError('DESTINATION_REFUSED', `${to.aeTitle} offers no storage commitment.`);
    await association.write(command(actionRequest(1, storageCommitment.uid, commitmentInstance)));
    const value = writeCommitmentRequest(transaction, instance);
    await association.write(dataPdu({ contextId, isCommand: false, isLast: true, value }));
    const { commandField, status } = await association.response();
    if (commandField !== commandFields.actionResponse) throw new ProtocolViolation('N-ACTION was not answered.');
    if (status !== 0)
      throw new AgentError('DESTINATION_BUSY', `${to.aeTitle} does not take a request to commit (status ${status}).`);
  } catch (thrown) {
    association.abort();
    if (!(thrown instanceof ProtocolViolation)) throw thrown;
    throw new AgentError('DESTINATION_UNREACHABLE', `${to.aeTitle}: ${thrown.message}`, { cause: thrown });
  }
  await hear(association, request);
}

/** The association may end at any time now: the request is taken, and the answer may come on another. */
async function hear(association: RequestedAssociation, { reported, enough }: CommitmentRequest): Promise<void> {
  const reports = new EventReports(reported);
  const over = Promise.withResolvers<typeof enoughHeard>();
  enough.addEventListener('abort', () => over.resolve(enoughHeard), { once: true });
  if (enough.aborted) over.resolve(enoughHeard);
  const parts = association.parts();
  for (;;) {
    const heard = parts.next().catch(() => undefined);
    const next = await Promise.race([heard, over.promise]);
    if (next === enoughHeard) return association.release(heard);
    if (!next || next.done || !reports.concerns(next.value)) return association.abort();
    const answer = reports.take(next.value, implicitLittleEndian);
    if (answer) await association.write(answer).catch(() => undefined);
  }
}

const enoughHeard = Symbol('enough was heard');

function command(value: Buffer): Buffer {
  return dataPdu({ contextId, isCommand: true, isLast: true, value });
}
