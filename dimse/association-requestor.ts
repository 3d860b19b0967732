import { once } from 'node:events';
import { createConnection, isIP, type Socket } from 'node:net';
import { finished } from 'node:stream';
import { connect as connectSecurely } from 'node:tls';
import { implementation } from '#dicom/part10';
import { AgentError } from '#domain/errors';
import type { Certificates } from '#src/ports';
import {
  dicomApplicationContext,
  readAgreement,
  writeAssociationRequest,
  type Agreement,
  type ProposedContext,
} from './association-request.ts';
import type { CommandSet } from './command-set.ts';
import { MessageOrder, type MessagePart } from './message-order.ts';
import { abortPdu, pduTypes, ProtocolViolation, readPdus, readPdvs, writePdu, type Pdu } from './pdu.ts';

// The engine's client is not used: it parses a data set and writes it anew (private elements, character sets and the
// spelling of numbers are lost), holds it in memory whole, writes without waiting for the peer, and ends silently where
// no context was accepted (dcmjs-dimse 0.3.3, `Network._sendPDataTF`, `Network._sendNextRequests`).

/** An application entity that listens. */
export interface Peer {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
  /** Given, it is spoken to over TLS only, and must show a certificate for its name. */
  readonly certificates?: Certificates | undefined;
}

export interface AssociationOptions {
  readonly to: Peer;
  readonly callingAeTitle: string;
  readonly contexts: readonly ProposedContext[];
  /** SOP classes of which we wish to be the provider: what a C-GET asks for comes as C-STORE requests to us. */
  readonly providedByUs?: readonly string[] | undefined;
  /** Longest silence of the peer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const lengthMaxes = { associate: 1 << 19, data: 1 << 16 } as const;
/** What we send at most in one PDU, also where the peer takes any length. */
const sentLengthMax = 1 << 18;

/** An association that we asked for, one message at a time. */
export class RequestedAssociation {
  readonly #socket: Socket;
  readonly #pdus: AsyncGenerator<Pdu, void, void>;
  readonly #order = new MessageOrder();
  readonly #peer: string;
  readonly accepted: Agreement['accepted'];
  /** Longest P-DATA-TF that may be sent, without its head of 6 bytes. */
  readonly pduLengthMax: number;

  constructor(
    socket: Socket,
    { pdus, agreement, peer }: { pdus: AsyncGenerator<Pdu, void, void>; agreement: Agreement; peer: string },
  ) {
    this.#socket = socket;
    this.#pdus = pdus;
    this.#peer = peer;
    this.accepted = agreement.accepted;
    this.pduLengthMax = Math.min(agreement.pduLengthMax || sentLengthMax, sentLengthMax);
  }

  /** Resolves once the unit is on its way, so that never more than one waits in memory. */
  async write(unit: Buffer): Promise<void> {
    await writeTo(this.#socket, unit).catch((cause: unknown) => {
      throw lost(this.#peer, cause);
    });
  }

  /** The response to the message sent last. No response is a failure, however the association ended. */
  async response(): Promise<CommandSet> {
    for (;;) {
      const { type, body } = await nextPdu(this.#pdus, this.#peer);
      if (type !== pduTypes.data) throw new ProtocolViolation(`A PDU of type ${type} came instead of a response.`);
      for (const pdv of readPdvs(body)) {
        const part = this.#order.take(pdv);
        if (part?.kind === 'command' && part.endsMessage) return part.command;
      }
    }
  }

  /** The parts of whatever messages come, until the association ends. */
  async *parts(): AsyncGenerator<MessagePart, void, void> {
    for (;;) {
      const { type, body } = await nextPdu(this.#pdus, this.#peer);
      if (type !== pduTypes.data) return;
      for (const pdv of readPdvs(body)) {
        const part = this.#order.take(pdv);
        if (part) yield part;
      }
    }
  }

  /** Ends the association in order; `heard` reads already what comes. Whatever goes wrong now takes nothing back of what was answered. */
  async release(heard?: Promise<unknown>): Promise<void> {
    try {
      await this.write(writePdu(pduTypes.releaseRequest, Buffer.alloc(4)));
      await (heard ?? nextPdu(this.#pdus, this.#peer));
    } catch {
      // it is closed either way
    }
    this.#socket.destroy();
  }

  abort(): void {
    abortBy(this.#socket);
  }
}

/** Asks for an association. Throws DESTINATION_UNREACHABLE, _BUSY or _REFUSED. */
export async function requestAssociation(options: AssociationOptions): Promise<RequestedAssociation> {
  const { to, callingAeTitle, contexts, providedByUs, timeoutMs, signal } = options;
  const peer = `${to.aeTitle} at ${to.host}:${to.port}`;
  if (signal.aborted) throw lost(peer, signal.reason);
  const socket = connect(to);
  const fail = (cause: unknown) => socket.destroy(cause instanceof Error ? cause : new Error('stopped', { cause }));
  socket.setTimeout(timeoutMs, () => fail(new Error('Nothing was heard in time.')));
  const stop = () => fail(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  finished(socket, () => signal.removeEventListener('abort', stop)); // also takes an error that nobody waits for
  const request = writeAssociationRequest({
    protocolVersion: 1,
    calledAeTitle: to.aeTitle,
    callingAeTitle,
    applicationContext: dicomApplicationContext,
    contexts,
    pduLengthMax: lengthMaxes.data,
    implementationClass: implementation.classUid,
    implementationVersion: implementation.versionName,
    ...(providedByUs && { providedByRequestor: providedByUs }),
  });
  const chunks = socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  const pdus = readPdus(chunks, (type) => {
    if (type === pduTypes.data) return lengthMaxes.data;
    return type === pduTypes.associateAccept ? lengthMaxes.associate : 4;
  });
  try {
    await once(socket, to.certificates ? 'secureConnect' : 'connect'); // a refusal is told by its own name
    await writeTo(socket, request);
    const { type, body } = await nextPdu(pdus, peer);
    if (type === pduTypes.associateReject) throw rejected(peer, body);
    if (type !== pduTypes.associateAccept) throw new ProtocolViolation('The association request was not answered.');
    return new RequestedAssociation(socket, { pdus, agreement: readAgreement(body), peer });
  } catch (thrown) {
    abortBy(socket);
    throw thrown instanceof AgentError ? thrown : lost(peer, thrown);
  }
}

function connect({ host, port, certificates }: Peer): Socket {
  if (!certificates) return createConnection({ host, port, noDelay: true });
  const { key, cert, ca, minVersion, ciphers } = certificates.options();
  const ours = { ...(key && { key }), ...(cert && { cert }), ...(ca && { ca }) };
  const servername = isIP(host) === 0 ? host : ''; // an address is not sent as a name (RFC 6066 section 3)
  return connectSecurely({ host, port, servername, ...ours, minVersion, ciphers, rejectUnauthorized: true });
}

async function nextPdu(pdus: AsyncGenerator<Pdu, void, void>, peer: string): Promise<Pdu> {
  const next = await pdus.next().catch((cause: unknown) => {
    throw cause instanceof ProtocolViolation ? cause : lost(peer, cause);
  });
  if (next.done) throw lost(peer, new Error('The connection was closed without a response.'));
  if (next.value.type === pduTypes.abort) throw lost(peer, new Error('The peer aborted.'));
  return next.value;
}

function writeTo(socket: Socket, unit: Buffer): Promise<void> {
  const written = Promise.withResolvers<void>();
  socket.write(unit, (error) => (error ? written.reject(error) : written.resolve()));
  return written.promise;
}

function abortBy(socket: Socket): void {
  if (socket.destroyed) return;
  socket.end(abortPdu(), () => socket.destroy());
  socket.resume();
}

function lost(peer: string, cause: unknown): AgentError {
  const detail = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : 'stopped';
  return new AgentError('DESTINATION_UNREACHABLE', `${peer}: ${detail}`, { cause });
}

/** PS3.8 table 9-21: a transient rejection passes; a permanent one needs a person. */
function rejected(peer: string, body: Buffer): AgentError {
  const [result, source, reason] = [body[1], body[2], body[3]];
  const code = result === 2 ? 'DESTINATION_BUSY' : 'DESTINATION_REFUSED';
  return new AgentError(
    code,
    `${peer} rejected the association (result ${result}, source ${source}, reason ${reason}).`,
  );
}
