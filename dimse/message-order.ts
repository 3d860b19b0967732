import { readCommandSet, type CommandSet } from './command-set.ts';
import { ProtocolViolation, type Pdv } from './pdu.ts';

/** What a fragment completes: a command set, or a piece of the data set that follows it. */
export type MessagePart =
  | {
      readonly kind: 'command';
      readonly contextId: number;
      readonly command: CommandSet;
      readonly endsMessage: boolean;
    }
  | { readonly kind: 'data-set'; readonly pdv: Pdv; readonly endsMessage: boolean };

/**
 * Follows the fragments of one direction (PS3.8 annex E): a command set, then its data set if it says so, all on one
 * presentation context, never mixed with another message.
 */
export class MessageOrder {
  readonly #commandBytesMax: number;
  #commandParts: Buffer[] = [];
  #commandBytes = 0;
  #contextId: number | undefined;
  #expects: 'command' | 'data-set' = 'command';

  /** Command sets are some hundred bytes long. */
  constructor(commandBytesMax = 16_384) {
    this.#commandBytesMax = commandBytesMax;
  }

  /** True between the first fragment of a message and its last. */
  get isWithinMessage(): boolean {
    return this.#contextId !== undefined;
  }

  /** Nothing comes of the fragments of a command set but the last. */
  take(pdv: Pdv): MessagePart | undefined {
    if (this.#contextId !== undefined && this.#contextId !== pdv.contextId) {
      throw new ProtocolViolation('A message changes its presentation context.', 'unexpected');
    }
    if (pdv.isCommand !== (this.#expects === 'command')) {
      throw new ProtocolViolation(`A fragment came where the ${this.#expects} was expected.`, 'unexpected');
    }
    this.#contextId = pdv.contextId;
    if (pdv.isCommand) return this.#takeCommand(pdv);
    if (pdv.isLast) this.#end();
    return { kind: 'data-set', pdv, endsMessage: pdv.isLast };
  }

  #takeCommand({ contextId, value, isLast }: Pdv): MessagePart | undefined {
    this.#commandParts.push(Buffer.from(value)); // a fragment's memory may be used again
    this.#commandBytes += value.length + 1; // empty fragments count too
    if (this.#commandBytes > this.#commandBytesMax)
      throw new ProtocolViolation('A command set is too long.', 'invalidParameter', 'commandBytesMax');
    if (!isLast) return undefined;
    const command = readCommandSet(Buffer.concat(this.#commandParts));
    this.#end();
    if (command.hasDataSet) {
      this.#contextId = contextId;
      this.#expects = 'data-set';
    }
    return { kind: 'command', contextId, command, endsMessage: !command.hasDataSet };
  }

  #end(): void {
    this.#commandParts = [];
    this.#commandBytes = 0;
    this.#contextId = undefined;
    this.#expects = 'command';
  }
}
