import { CollectedMessages } from './collected-message.ts';
import { commandFields, eventReportResponse } from './command-set.ts';
import type { MessagePart } from './message-order.ts';
import { dataPdu } from './pdu.ts';
import { storageCommitment } from './sop-classes.ts';
import { readCommitmentReport, type CommitmentReport } from './storage-commitment.ts';

const success = 0x0000;
const processingFailure = 0x0110;

/** Takes N-EVENT-REPORT messages of Storage Commitment (PS3.7 section 10.1.1) out of an association's messages, and answers them. */
export class EventReports {
  readonly #reported: (report: CommitmentReport) => void;
  readonly #messages = new CollectedMessages(
    ({ commandField, sopClass }) =>
      commandField === commandFields.eventReportRequest && sopClass === storageCommitment.uid,
  );

  constructor(reported: (report: CommitmentReport) => void) {
    this.#reported = reported;
  }

  /** Whether the part belongs to such a message. */
  concerns(part: MessagePart): boolean {
    return this.#messages.concerns(part);
  }

  /** Takes the part; the last of a message gives the unit that answers it. */
  take(part: MessagePart, transferSyntax: string): Buffer | undefined {
    const message = this.#messages.take(part);
    if (!message) return undefined;
    const { command, contextId, dataSet } = message;
    const value = eventReportResponse(command, this.#tell(dataSet, transferSyntax));
    return dataPdu({ contextId, isCommand: true, isLast: true, value });
  }

  #tell(dataSet: Buffer, transferSyntax: string): number {
    try {
      this.#reported(readCommitmentReport(dataSet, transferSyntax));
      return success;
    } catch {
      return processingFailure; // it cannot be read: the archive is told
    }
  }
}
