import type { Socket } from 'node:net';
import { Duplex, type Writable } from 'node:stream';
import { AgentError } from '#domain/errors';
import type { AssociationEnd } from '#domain/event';
import {
  readAgreement,
  readAssociationRequest,
  withProviderRoles,
  writeAssociationRequest,
  type AssociationRequest,
} from './association-request.ts';
import { CommitmentRequests } from './commitment-requests.ts';
import { requestAsUnderstood } from './command-set.ts';
import { EventReports } from './event-reports.ts';
import type { GateDoors } from './gate-doors.ts';
import { MessageOrder, type MessagePart } from './message-order.ts';
import { after, Patience, unlessOver } from './patience.ts';
import {
  abortPdu,
  dataPdu,
  pduTypes,
  ProtocolViolation,
  writePdu,
  type AbortReason,
  type Pdu,
  type Pdv,
} from './pdu.ts';
import { used, type Incoming } from './reading.ts';
import { storageCommitment } from './sop-classes.ts';
import type { CommitmentRequested } from './storage-commitment.ts';
import { UnitReader, type Unit } from './units.ts';

type Service = EventReports | CommitmentRequests;

/** Room for 128 presentation contexts with all transfer syntaxes each. */
const associateLengthMax = 1 << 19;
/** How long a peer may take to close its side once all is said, before the connection is cut. */
const lingerMs = 2_000;

/**
 * Stands between a socket and dcmjs-dimse, to which it looks like a socket. It lets through only what PS3.8 section 9.2
 * allows an acceptor's peer in its state, one PDV a PDU and one message at a time, so that the engine sees what it can
 * handle, and of a data set only its ends; and it owns the limits, the timers and the closing, which the engine lacks.
 */
export class PduGate extends Duplex {
  readonly #socket: Socket;
  readonly #doors: GateDoors;
  readonly #patience: Patience;
  readonly #over = new AbortController();
  readonly #order: MessageOrder;
  readonly #services: readonly Service[];
  #state: 'awaiting-request' | 'negotiating' | 'established' = 'awaiting-request';
  #accepted: ReadonlyMap<number, string> = new Map();
  #request: AssociationRequest | undefined;
  #answered = Promise.withResolvers<void>();
  #sink: Writable | undefined;
  #followed = Promise.withResolvers<void>();
  /** Resolves when the connection is gone. */
  readonly ended: Promise<void>;

  constructor({ socket, chunks }: Incoming, doors: GateDoors) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#doors = doors;
    this.#services = [
      new EventReports((report) => doors.reported?.(report)),
      new CommitmentRequests((request) => this.#commit(request)),
    ];
    const { clock, settings } = doors;
    this.#order = new MessageOrder(settings.commandBytesMax);
    const { signal } = this.#over;
    this.#patience = new Patience(clock, settings.firstPduMs, { signal, spent: () => this.#runOut() });
    after(clock, settings.associationMs, signal, () => this.abort('associationMs', 'The association lasted too long.'));
    const closed = Promise.withResolvers<void>();
    this.ended = closed.promise;
    socket.once('close', () => this.destroy());
    this.once('close', closed.resolve);
    socket.on('error', () => undefined); // told by the reading side, or a consequence of our own closing
    void this.#run(chunks);
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

  /** From now on the data set goes to this stream, past the engine but for its first and last piece; the peer waits whenever it is full. */
  follow(sink: Writable): void {
    this.#sink = sink;
    this.#followed.resolve();
  }

  /** Ends the association from our side. */
  abort(cause: AssociationEnd, reason: string, violation?: AbortReason): void {
    if (this.#over.signal.aborted) return;
    this.#doors.aborted(cause, reason);
    this.#socket.write(abortPdu(violation));
    this.#finish();
  }

  async #run(chunks: AsyncIterable<Buffer>): Promise<void> {
    const reader = new UnitReader((type) => this.#lengthMax(type));
    try {
      for await (const chunk of chunks) {
        if (this.#over.signal.aborted) break;
        await this.#takeAll(reader.units(chunk));
      }
      this.#gone();
    } catch (thrown) {
      if (thrown instanceof ProtocolViolation)
        this.abort(thrown.limit ?? 'protocol', thrown.message, thrown.abortReason);
      else this.#gone();
    } finally {
      this.#finish();
    }
  }

  async #takeAll(units: Iterable<Unit>): Promise<void> {
    for (const unit of units) {
      if (this.#over.signal.aborted) return;
      this.#patience.rest();
      const isTaken = unit.kind === 'pdu' ? this.#take(unit) : this.#takeValue(unit.pdv);
      if (isTaken) await isTaken; // most pieces of a data set cost no turn of the loop
      // A unit that comes byte by byte does not buy time.
      if (unit.kind === 'pdu' || unit.endsUnit) this.#patience.wait(this.#doors.settings.idleMs);
      else this.#patience.goOn();
    }
  }

  #lengthMax(type: number): number {
    if (type === pduTypes.data) return this.#doors.settings.pduLengthMax;
    return type === pduTypes.associateRequest ? associateLengthMax : 4;
  }

  async #take({ type, body }: Pdu): Promise<void> {
    if (type === pduTypes.abort) return this.#abortedByPeer(body);
    if (this.#state === 'awaiting-request' && type === pduTypes.associateRequest) {
      this.#request = readAssociationRequest(body, this.#doors.settings.contextsMax);
      this.#state = 'negotiating';
      const { providedByRequestor: _roles, ...known } = this.#request; // the engine knows no roles
      return this.#ask(writeAssociationRequest(known));
    }
    if (this.#state === 'established' && type === pduTypes.data) return; // a unit without values
    const mayRelease = this.#state === 'established' && !this.#order.isWithinMessage;
    if (mayRelease && type === pduTypes.releaseRequest) return this.#ask(writePdu(type, body));
    throw new ProtocolViolation(`A PDU of type ${type} came in the wrong state.`, 'unexpected');
  }

  /** Nothing is returned where the value is taken already. */
  #takeValue(pdv: Pdv): Promise<void> | undefined {
    if (this.#state !== 'established') throw new ProtocolViolation('A value came in the wrong state.', 'unexpected');
    if (!this.#accepted.has(pdv.contextId)) {
      throw new ProtocolViolation('A value came on a presentation context that was not accepted.');
    }
    const part = this.#order.take(pdv);
    if (!part) return undefined;
    const service = this.#services.find((each) => each.concerns(part));
    if (service) return this.#serve(service, part);
    if (part.kind === 'data-set') return this.#takeDataSet(part.pdv);
    const value = requestAsUnderstood(part.command);
    const unit = dataPdu({ contextId: part.contextId, isCommand: true, isLast: true, value });
    if (part.endsMessage) return this.#ask(unit);
    this.#deliver(unit);
    return undefined;
  }

  async #serve(service: Service, part: MessagePart): Promise<void> {
    const { contextId } = part.kind === 'data-set' ? part.pdv : part;
    const answer = await service.take(part, this.#accepted.get(contextId)!);
    if (answer && !this.#over.signal.aborted) this.#socket.write(answer);
  }

  async #commit(request: CommitmentRequested): Promise<void> {
    const { callingAeTitle } = this.request;
    const mayAsk = this.#doors.settings.commitment.some(({ aeTitle }) => aeTitle === callingAeTitle);
    if (!mayAsk || !this.#doors.requested) throw new AgentError('FORBIDDEN', `${callingAeTitle} may not ask for it.`);
    await this.#doors.requested(request, callingAeTitle);
  }

  #takeDataSet(pdv: Pdv): Promise<void> | undefined {
    if (pdv.isLast) return this.#ask(dataPdu(pdv));
    if (this.#sink) {
      const isUsed = used(this.#sink, pdv.value);
      return isUsed && unlessOver(this.#over.signal, isUsed);
    }
    this.#followed = Promise.withResolvers<void>();
    this.#deliver(dataPdu(pdv));
    return unlessOver(this.#over.signal, this.#followed.promise);
  }

  /** Gives the engine a unit that it answers, and waits until the answer was given to the socket. */
  async #ask(unit: Buffer): Promise<void> {
    this.#answered = Promise.withResolvers<void>();
    this.#deliver(unit);
    await unlessOver(this.#over.signal, this.#answered.promise);
    this.#sink = undefined;
  }

  #deliver(unit: Buffer): void {
    if (!this.#over.signal.aborted) this.push(unit);
  }

  #runOut(): void {
    if (this.#state === 'awaiting-request') this.abort('firstPduMs', 'No association was requested in time.');
    else this.abort('idleMs', 'Nothing came for too long.');
  }

  /** The transport connection is gone, or at least the peer's side of it. */
  #gone(): void {
    // Whoever only looks whether the port is open is no news.
    if (this.#over.signal.aborted || this.#state === 'awaiting-request') return;
    this.#doors.aborted('lost', 'The connection was lost.');
  }

  #abortedByPeer(body: Buffer): void {
    const by = body[2] === 2 ? 'service provider' : 'user';
    this.#doors.aborted('by-peer', `The peer aborted (${by}, reason ${body[3] ?? 0}).`);
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
    const type = unit[0];
    this.#socket.write(type === pduTypes.associateAccept ? this.#withRoles(unit) : unit);
    if (type === pduTypes.associateAccept) {
      this.#accepted = readAgreement(unit.subarray(6)).accepted;
      this.#state = 'established';
    }
    const isLast = type === pduTypes.associateReject || type === pduTypes.releaseResponse || type === pduTypes.abort;
    if (isLast) this.#finish();
    this.#answered.resolve();
    return callback();
  }

  /** The engine knows no roles: who tells us of commitments must be granted the provider's. */
  #withRoles(unit: Buffer): Buffer {
    const asked = this.#request?.providedByRequestor?.includes(storageCommitment.uid);
    return withProviderRoles(unit, asked ? [storageCommitment.uid] : []);
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
