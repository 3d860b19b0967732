import { AgentError } from '#domain/errors';
import type { ProposedContext } from './association-request.ts';
import { requestAssociation, type AssociationOptions, type RequestedAssociation } from './association-requestor.ts';
import { cancelRequest, commandFields, type CommandSet } from './command-set.ts';
import { implicitLittleEndian, writeIdentifier, type Keys } from './identifier.ts';
import type { MessagePart } from './message-order.ts';
import { dataPdu, ProtocolViolation } from './pdu.ts';
import type { SopClass } from './sop-classes.ts';

/** A C-FIND, C-GET or C-MOVE (PS3.7 sections 9.1.2 to 9.1.4), on an association of its own. */
export interface Operation extends Omit<AssociationOptions, 'contexts'> {
  readonly sopClass: SopClass;
  /** The command set of the request, for this message ID. */
  readonly command: (messageId: number) => Buffer;
  readonly keys: Keys;
  readonly response: 'findResponse' | 'getResponse' | 'moveResponse';
  /** Further contexts: those on which objects come. */
  readonly storage?: readonly ProposedContext[];
}

/** What comes in the course of an operation. */
export interface Course {
  /** A match of a C-FIND; false wants no more of them. */
  matched?(identifier: Buffer): boolean;
  /** A C-STORE request of the archive's: takes the data set as it comes, and gives the response once it is over. */
  stored?(request: CommandSet, transferSyntax: string): Storing;
}

export interface Storing {
  take(value: Buffer): Promise<void>;
  end(): Promise<Buffer>;
  /** It will not come whole: nothing remains of it. */
  abandon(): Promise<void>;
}

const contextId = 1;
const messageId = 1;
/** How long we wait for an archive to say that it has cancelled. */
const cancelMs = 2_000;
/** A match has some hundred bytes; more than this is none. */
const identifierBytesMax = 1 << 20;

const isPending = (status: number | undefined): boolean => status === 0xff00 || status === 0xff01;

/**
 * Asks, takes what comes, and gives the last response. When the signal aborts, or no more is wanted, the operation is
 * cancelled (C-CANCEL) and its end awaited, but not for long.
 */
export async function operate(operation: Operation, course: Course): Promise<CommandSet> {
  const { to, sopClass, signal, storage = [] } = operation;
  signal.throwIfAborted();
  const cut = new AbortController();
  let association: RequestedAssociation | undefined;
  const cancel = (): void => {
    if (!association) return cut.abort(signal.reason);
    AbortSignal.timeout(cancelMs).addEventListener('abort', () => cut.abort(signal.reason), { once: true });
    void association.write(command(cancelRequest(messageId))).catch(() => undefined); // gone already
  };
  signal.addEventListener('abort', cancel, { once: true });
  const contexts = [
    { id: contextId, abstractSyntax: sopClass.uid, transferSyntaxes: [implicitLittleEndian] },
    ...storage,
  ];
  try {
    association = await requestAssociation({ ...operation, contexts, signal: cut.signal });
    if (!association.accepted.has(contextId)) throw unusable(to.aeTitle, `it does not offer ${sopClass.name}.`);
    await association.write(command(operation.command(messageId)));
    const value = writeIdentifier(operation.keys);
    await association.write(dataPdu({ contextId, isCommand: false, isLast: true, value }));
    const last = await new Following(association, operation, course).last(cancel);
    await association.release();
    return last;
  } catch (thrown) {
    association?.abort();
    throw asArchiveFault(thrown, to.aeTitle);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Follows the messages of the archive: responses, and what it stores with us meanwhile. */
class Following {
  readonly #association: RequestedAssociation;
  readonly #operation: Operation;
  readonly #course: Course;
  #current: CommandSet | undefined;
  #identifier = new Collected();
  #storing: Storing | undefined;

  constructor(association: RequestedAssociation, operation: Operation, course: Course) {
    this.#association = association;
    this.#operation = operation;
    this.#course = course;
  }

  async last(cancel: () => void): Promise<CommandSet> {
    try {
      for await (const part of this.#association.parts()) {
        if (part.kind === 'command') this.#begin(part);
        else if (this.#storing) await this.#store(this.#storing, part);
        else this.#identifier.add(part.pdv.value);
        if (!part.endsMessage || !this.#current) continue;
        if (!isPending(this.#current.status)) return this.#current;
        const { bytes } = this.#identifier;
        if (bytes > 0 && this.#course.matched?.(this.#identifier.whole()) === false) cancel();
      }
    } finally {
      await this.#storing?.abandon();
    }
    throw unusable(this.#operation.to.aeTitle, 'it ended the association amid its answer.');
  }

  #begin({ command, contextId }: MessagePart & { kind: 'command' }): void {
    const { response } = this.#operation;
    const isStore = command.commandField === commandFields.storeRequest && command.hasDataSet && this.#course.stored;
    if (!isStore && command.commandField !== commandFields[response])
      throw new ProtocolViolation('Another message came instead of a response.');
    this.#identifier = new Collected();
    this.#current = isStore ? undefined : command;
    if (isStore) this.#storing = this.#course.stored?.(command, this.#association.accepted.get(contextId) ?? '');
  }

  async #store(storing: Storing, { pdv, endsMessage }: MessagePart & { kind: 'data-set' }): Promise<void> {
    await storing.take(pdv.value);
    if (!endsMessage) return;
    const value = await storing.end();
    this.#storing = undefined;
    await this.#association.write(dataPdu({ contextId: pdv.contextId, isCommand: true, isLast: true, value }));
  }
}

class Collected {
  readonly #parts: Buffer[] = [];
  bytes = 0;

  add(value: Buffer): void {
    this.#parts.push(value);
    this.bytes += value.length;
    if (this.bytes > identifierBytesMax) throw new ProtocolViolation('A match is too long.');
  }

  whole(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

// PS3.4 tables C.4-1, C.4-2 and C.4-3; PS3.7 annex C.
const sentences: readonly (readonly [first: number, last: number, sentence: string])[] = [
  [0x0122, 0x0122, 'it does not support that SOP class'],
  [0x0124, 0x0124, 'it does not authorise us'],
  [0xa700, 0xa702, 'it has not the resources at present'],
  [0xa801, 0xa801, 'it does not know our AE title as a destination: enter it there, with our address and port'],
  [0xa900, 0xa900, 'our query does not match its model'],
  [0xb000, 0xb000, 'not all that was asked for could be sent'],
  [0xc000, 0xcfff, 'it could not process the query'],
  [0xfe00, 0xfe00, 'it was cancelled'],
];

/** Throws ARCHIVE_ANSWER_UNUSABLE unless the operation ended in success. */
export function requireSuccess({ status = -1 }: CommandSet, { to }: Pick<Operation, 'to'>): void {
  if (status === 0) return;
  const said = sentences.find(([first, last]) => status >= first && status <= last)?.[2] ?? 'no reason known';
  throw unusable(to.aeTitle, `status ${status.toString(16).padStart(4, '0').toUpperCase()}H, ${said}.`);
}

function command(value: Buffer): Buffer {
  return dataPdu({ contextId, isCommand: true, isLast: true, value });
}

function unusable(aeTitle: string, sentence: string, cause?: unknown): AgentError {
  return new AgentError('ARCHIVE_ANSWER_UNUSABLE', `${aeTitle}: ${sentence}`, { cause });
}

/** What the association tells of destinations is told of an archive. */
export function asArchiveFault(thrown: unknown, aeTitle: string): unknown {
  if (thrown instanceof ProtocolViolation) return unusable(aeTitle, thrown.message, thrown);
  if (!(thrown instanceof AgentError) || !thrown.code.startsWith('DESTINATION_')) return thrown;
  const code = thrown.code === 'DESTINATION_REFUSED' ? 'ARCHIVE_ANSWER_UNUSABLE' : 'ARCHIVE_UNREACHABLE';
  return new AgentError(code, thrown.detail, { cause: thrown });
}
