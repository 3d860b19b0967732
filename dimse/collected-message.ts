import type { CommandSet } from './command-set.ts';
import type { MessagePart } from './message-order.ts';
import { ProtocolViolation } from './pdu.ts';

/** A message with its data set, whole. */
export interface WholeMessage {
  readonly command: CommandSet;
  readonly contextId: number;
  readonly dataSet: Buffer;
}

/** References to ten thousand instances have two megabytes. */
const dataSetBytesMax = 1 << 22;

/** Collects messages of the kind that is meant, one after the other, whose data sets are short. */
export class CollectedMessages {
  readonly #isMeant: (command: CommandSet) => boolean;
  #command: CommandSet | undefined;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(isMeant: (command: CommandSet) => boolean) {
    this.#isMeant = isMeant;
  }

  /** Whether the part belongs to such a message. */
  concerns(part: MessagePart): boolean {
    if (part.kind === 'data-set') return this.#command !== undefined;
    return part.command.hasDataSet && this.#isMeant(part.command);
  }

  /** Takes the part; the last one gives the message. */
  take(part: MessagePart): WholeMessage | undefined {
    if (part.kind === 'command') {
      this.#command = part.command;
      return undefined;
    }
    const { contextId, value } = part.pdv;
    this.#parts.push(Buffer.from(value)); // the memory it came in is used again
    this.#bytes += value.length;
    if (this.#bytes > dataSetBytesMax) throw new ProtocolViolation('A data set of references is too long.');
    if (!part.endsMessage || !this.#command) return undefined;
    const message = { command: this.#command, contextId, dataSet: Buffer.concat(this.#parts) };
    [this.#command, this.#parts, this.#bytes] = [undefined, [], 0];
    return message;
  }
}
