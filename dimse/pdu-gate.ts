import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex, type Writable } from 'node:stream';
import type { Clock } from '#src/ports';
import {
  readAgreement,
  readAssociationRequest,
  writeAssociationRequest,
  type AssociationRequest,
} from './association-request.ts';
import { commandFields, echoRequest, storeRequest, type CommandSet } from './command-set.ts';
import { MessageOrder } from './message-order.ts';
import { after, Patience } from './patience.ts';
import {
  abortPdu,
  dataPdu,
  pduTypes,
  ProtocolViolation,
  readPdus,
  readPdvs,
  writePdu,
  type AbortReason,
  type Pdu,
} from './pdu.ts';

export interface GateSettings {
  readonly pduLengthMax: number;
  readonly firstPduMs: number;
  readonly idleMs: number;
  readonly associationMs: number;
}

interface GateDoors {
  readonly settings: GateSettings;
  readonly clock: Clock;
  /** The association ended otherwise than by rejection or release. */
  readonly aborted: (reason: string) => void;
}

/** Room for 128 presentation contexts with all transfer syntaxes each. */
const associateLengthMax = 1 << 19;
/** How long a peer may take to close its side once all is said, before the connection is cut. */
const lingerMs = 2_000;

/**
 * Stands between a socket and dcmjs-dimse, to which it looks like a socket. It lets through only what PS3.8 section 9.2
 * allows an acceptor's peer in its state, one PDV a PDU and one message at a time, so that the engine sees what it can
 * handle; and it owns the limits, the timers and the closing, which the engine lacks.
 */
export class PduGate extends Duplex {
  readonly #socket: Socket;
  readonly #doors: GateDoors;
  readonly #patience: Patience;
  readonly #over = new AbortController();
  readonly #order = new MessageOrder();
  #state: 'awaiting-request' | 'negotiating' | 'established' = 'awaiting-request';
  #accepted: ReadonlyMap<number, string> = new Map();
  #request: AssociationRequest | undefined;
  #answered = Promise.withResolvers<void>();
  #sink: Writable | undefined;
  /** Resolves when the connection is gone. */
  readonly ended: Promise<void>;

  constructor(socket: Socket, doors: GateDoors) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#doors = doors;
    const { clock, settings } = doors;
    const { signal } = this.#over;
    this.#patience = new Patience(clock, settings.firstPduMs, { signal, spent: () => this.#runOut() });
    after(clock, settings.associationMs, signal, () => this.abort('The association lasted too long.'));
    const closed = Promise.withResolvers<void>();
    this.ended = closed.promise;
    socket.once('close', () => this.destroy());
    this.once('close', closed.resolve);
    socket.on('error', () => undefined); // told by the reading side, or a consequence of our own closing
    void this.#run();
  }

  /** What the peer asked for; known once the engine tells of it. */
  get request(): AssociationRequest {
    if (!this.#request) throw new Error('No association has been requested yet.');
    return this.#request;
  }

  /** The engine's timer is not used; ours run. */
  setTimeout(): this {
    return this;
  }

  /** From now on the peer waits whenever this stream is full. */
  follow(sink: Writable): void {
    this.#sink = sink;
  }

  /** Ends the association from our side. */
  abort(reason: string, violation?: AbortReason): void {
    if (this.#over.signal.aborted) return;
    this.#doors.aborted(reason);
    this.#socket.write(abortPdu(violation));
    this.#finish();
  }

  async #run(): Promise<void> {
    const { idleMs } = this.#doors.settings;
    try {
      const chunks = this.#socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      for await (const pdu of readPdus(chunks, (type) => this.#lengthMax(type))) {
        if (this.#over.signal.aborted) break;
        this.#patience.rest();
        await this.#take(pdu);
        this.#patience.wait(idleMs);
      }
      this.#gone();
    } catch (thrown) {
      if (thrown instanceof ProtocolViolation) this.abort(thrown.message, thrown.abortReason);
      else this.#gone();
    } finally {
      this.#finish();
    }
  }

  #lengthMax(type: number): number {
    if (type === pduTypes.data) return this.#doors.settings.pduLengthMax;
    return type === pduTypes.associateRequest ? associateLengthMax : 4;
  }

  async #take({ type, body }: Pdu): Promise<void> {
    if (type === pduTypes.abort) return this.#abortedByPeer(body);
    if (this.#state === 'awaiting-request' && type === pduTypes.associateRequest) {
      this.#request = readAssociationRequest(body);
      this.#state = 'negotiating';
      return this.#ask(writeAssociationRequest(this.#request));
    }
    if (this.#state === 'established' && type === pduTypes.data) return this.#takeValues(body);
    const mayRelease = this.#state === 'established' && !this.#order.isWithinMessage;
    if (mayRelease && type === pduTypes.releaseRequest) return this.#ask(writePdu(type, body));
    throw new ProtocolViolation(`A PDU of type ${type} came in the wrong state.`, 'unexpected');
  }

  async #takeValues(body: Buffer): Promise<void> {
    for (const pdv of readPdvs(body)) {
      if (!this.#accepted.has(pdv.contextId)) {
        throw new ProtocolViolation('A value came on a presentation context that was not accepted.');
      }
      const part = this.#order.take(pdv);
      if (!part) continue;
      const unit = dataPdu(
        part.kind === 'data-set'
          ? part.pdv
          : { contextId: part.contextId, isCommand: true, isLast: true, value: understood(part.command) },
      );
      if (part.endsMessage) await this.#ask(unit);
      else await this.#hand(unit);
    }
  }

  /** Gives the engine a unit that it answers, and waits until the answer was given to the socket. */
  async #ask(unit: Buffer): Promise<void> {
    const { signal } = this.#over;
    this.#answered = Promise.withResolvers<void>();
    const cut = Promise.withResolvers<void>();
    const onAbort = () => cut.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#deliver(unit);
    await Promise.race([this.#answered.promise, cut.promise]);
    signal.removeEventListener('abort', onAbort);
    this.#sink = undefined;
  }

  async #hand(unit: Buffer): Promise<void> {
    this.#deliver(unit);
    if (this.#sink?.writableNeedDrain) await once(this.#sink, 'drain', { signal: this.#over.signal });
  }

  #deliver(unit: Buffer): void {
    if (!this.#over.signal.aborted) this.push(unit);
  }

  #runOut(): void {
    const reason =
      this.#state === 'awaiting-request' ? 'No association was requested in time.' : 'Nothing came for too long.';
    this.abort(reason);
  }

  /** The transport connection is gone, or at least the peer's side of it. */
  #gone(): void {
    // Whoever only looks whether the port is open is no news.
    if (this.#over.signal.aborted || this.#state === 'awaiting-request') return;
    this.#doors.aborted('The connection was lost.');
  }

  #abortedByPeer(body: Buffer): void {
    const by = body[2] === 2 ? 'service provider' : 'user';
    this.#doors.aborted(`The peer aborted (${by}, reason ${body[3] ?? 0}).`);
    this.#finish();
  }

  /** All is said: our side is closed, the rest of the peer's is thrown away, and soon the connection is cut. */
  #finish(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.push(null);
    this.#socket.end();
    this.#socket.resume();
    const closed = new AbortController();
    this.#socket.once('close', () => closed.abort());
    after(this.#doors.clock, lingerMs, closed.signal, () => this.#socket.destroy());
  }

  override _read(): void {
    // Units are pushed as they come; `follow` and the answers hold the peer back.
  }

  /** The engine writes one whole unit a call. */
  override _write(unit: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#over.signal.aborted) return callback();
    this.#socket.write(unit);
    const type = unit[0];
    if (type === pduTypes.associateAccept) {
      this.#accepted = readAgreement(unit.subarray(6)).accepted;
      this.#state = 'established';
    }
    const isLast = type === pduTypes.associateReject || type === pduTypes.releaseResponse || type === pduTypes.abort;
    if (isLast) this.#finish();
    this.#answered.resolve();
    return callback();
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#finish();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#over.abort();
    this.#socket.destroy();
    callback(error);
  }
}

/** The command written anew from what we read of it, so that the engine cannot read it otherwise and wait for what never comes. */
function understood({ commandField, hasDataSet, messageId, sopClass = '', sopInstance = '' }: CommandSet): Buffer {
  if (messageId === undefined) throw new ProtocolViolation('A request has no message ID.');
  if (commandField === commandFields.echoRequest && !hasDataSet) return echoRequest(messageId);
  if (commandField === commandFields.storeRequest && hasDataSet) return storeRequest(messageId, sopClass, sopInstance);
  throw new ProtocolViolation('Only C-ECHO and C-STORE requests are answered here.');
}
