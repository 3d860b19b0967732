import { commandFields, eventReportResponse, type CommandSet } from './command-set.ts';
import type { MessagePart } from './message-order.ts';
import { dataPdu, ProtocolViolation } from './pdu.ts';
import { storageCommitment } from './sop-classes.ts';
import { readCommitmentReport, type CommitmentReport } from './storage-commitment.ts';

/** A report of ten thousand instances has two megabytes. */
const reportBytesMax = 1 << 22;
const success = 0x0000;
const processingFailure = 0x0110;

/** Collects N-EVENT-REPORT messages of Storage Commitment (PS3.7 section 10.1.1) out of an association's messages, and answers them. */
export class EventReports {
  readonly #reported: (report: CommitmentReport) => void;
  #command: CommandSet | undefined;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(reported: (report: CommitmentReport) => void) {
    this.#reported = reported;
  }

  /** Whether the part belongs to such a message. */
  concerns(part: MessagePart): boolean {
    if (part.kind === 'data-set') return this.#command !== undefined;
    const { commandField, sopClass, hasDataSet } = part.command;
    return commandField === commandFields.eventReportRequest && sopClass === storageCommitment.uid && hasDataSet;
  }

  /** Takes the part; the last of a message gives the unit that answers it. */
  take(part: MessagePart, transferSyntax: string): Buffer | undefined {
    if (part.kind === 'command') {
      this.#command = part.command;
      return undefined;
    }
    const { contextId, value } = part.pdv;
    this.#parts.push(Buffer.from(value)); // the memory it came in is used again
    this.#bytes += value.length;
    if (this.#bytes > reportBytesMax) throw new ProtocolViolation('A report is too long.');
    if (!part.endsMessage) return undefined;
    const answer = eventReportResponse(this.#command!, this.#tell(transferSyntax));
    [this.#command, this.#parts, this.#bytes] = [undefined, [], 0];
    return dataPdu({ contextId, isCommand: true, isLast: true, value: answer });
  }

  #tell(transferSyntax: string): number {
    try {
      this.#reported(readCommitmentReport(Buffer.concat(this.#parts), transferSyntax));
      return success;
    } catch {
      return processingFailure; // it cannot be read: the archive is told
    }
  }
}
