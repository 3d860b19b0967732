import { AgentError, asAgentError } from '#domain/errors';
import { CollectedMessages } from './collected-message.ts';
import { actionResponse, commandFields } from './command-set.ts';
import type { MessagePart } from './message-order.ts';
import { dataPdu } from './pdu.ts';
import { storageCommitment } from './sop-classes.ts';
import { commitmentInstance, readCommitmentRequest, type CommitmentRequested } from './storage-commitment.ts';

const success = 0x0000;
// PS3.7 annex C.5
const noSuchInstance = 0x0112;
const noSuchAction = 0x0123;
const requestCommitment = 1;

/** Takes requests to commit (N-ACTION of Storage Commitment, PS3.4 section J.3.2) out of an association's messages; success is said only once the request is durable. */
export class CommitmentRequests {
  readonly #requested: (request: CommitmentRequested) => Promise<void>;
  readonly #messages = new CollectedMessages(
    ({ commandField, sopClass }) => commandField === commandFields.actionRequest && sopClass === storageCommitment.uid,
  );

  constructor(requested: (request: CommitmentRequested) => Promise<void>) {
    this.#requested = requested;
  }

  /** Whether the part belongs to such a message. */
  concerns(part: MessagePart): boolean {
    return this.#messages.concerns(part);
  }

  /** Takes the part; the last of a message gives the unit that answers it. */
  async take(part: MessagePart, transferSyntax: string): Promise<Buffer | undefined> {
    const message = this.#messages.take(part);
    if (!message) return undefined;
    const { command, contextId, dataSet } = message;
    const { sopInstance, actionType } = command;
    const refusal =
      sopInstance !== commitmentInstance ? noSuchInstance : actionType !== requestCommitment ? noSuchAction : undefined;
    const status = refusal ?? (await this.#ask(dataSet, transferSyntax));
    return dataPdu({ contextId, isCommand: true, isLast: true, value: actionResponse(command, status) });
  }

  async #ask(dataSet: Buffer, transferSyntax: string): Promise<number> {
    try {
      const request = readCommitmentRequest(dataSet, transferSyntax);
      if (request.instances.length === 0) throw new AgentError('REQUEST_INVALID', 'The request names no instance.');
      await this.#requested(request);
      return success;
    } catch (thrown) {
      return asAgentError(thrown).fault.dimseStatus;
    }
  }
}
