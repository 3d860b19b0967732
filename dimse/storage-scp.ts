import dimse, { type association, type requests, type responses } from 'dcmjs-dimse';
import type { Writable } from 'node:stream';
import { fileMeta, implementation } from '#dicom/part10';
import { AgentError, asAgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import { parseUid } from '#domain/uid';
import type { Announced, Receive } from '#src/ports';
import { negotiate, type NegotiationPolicy, type Rejection } from './negotiation.ts';
import type { PduGate } from './pdu-gate.ts';
import { StoreStream } from './store-stream.ts';

export interface ScpDoors {
  readonly gate: PduGate;
  readonly address: string;
  readonly policy: NegotiationPolicy;
  readonly pduLengthMax: number;
  readonly receive: Receive;
  readonly publish: Publish;
}

const { CEchoResponse, CStoreResponse } = dimse.responses;
const { PresentationContextResult, RejectResult, RejectSource, RejectReason, Status } = dimse.constants;

// PS3.8 table 9-21.
const rejections: { readonly [Because in Rejection]: readonly [result: number, source: number, reason: number] } = {
  'local-limit-exceeded': [RejectResult.Transient, RejectSource.ServiceProviderPresentation, 2],
  'protocol-version-not-supported': [RejectResult.Permanent, RejectSource.ServiceProviderAcse, 2],
  'application-context-not-supported': [
    RejectResult.Permanent,
    RejectSource.ServiceUser,
    RejectReason.ApplicationContextNotSupported,
  ],
  'called-ae-title-not-recognized': [
    RejectResult.Permanent,
    RejectSource.ServiceUser,
    RejectReason.CalledAeNotRecognized,
  ],
  'calling-ae-title-not-recognized': [
    RejectResult.Permanent,
    RejectSource.ServiceUser,
    RejectReason.CallingAeNotRecognized,
  ],
};

/**
 * Prepares the engine: our name in associations, our limit and not its own, and no word on the console, where it would print
 * data sets. It describes each association for its log twice even so: 2 MB of garbage for one with every context.
 */
export function prepareEngine(): void {
  dimse.log.disableAll();
  dimse.association.Association.prototype.toString = () => 'Association';
  dimse.Implementation.setImplementationClassUid(implementation.classUid);
  dimse.Implementation.setImplementationVersion(implementation.versionName);
  dimse.Implementation.setMaxPduLength(2 ** 32 - 1);
}

/** Verification and Storage for one association (PS3.4 annexes A and B). */
export class StorageScp extends dimse.Scp {
  readonly #doors: ScpDoors;
  /** Aborts when the association is over: until then more of its studies may follow. */
  readonly #over = new AbortController();
  #storing: StoreStream | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(doors: ScpDoors) {
    super(doors.gate as never);
    this.#doors = doors;
    this.on('networkError', () => doors.gate.abort('protocol', 'The engine could not read a message.', 'notSpecified'));
    doors.gate.once('close', () => this.#lost());
  }

  /** Resolves when nothing of this association is under way. */
  async settled(): Promise<void> {
    await this.#doors.gate.ended;
    await this.#work;
  }

  override associationRequested(association: association.Association): void {
    const { gate, policy, pduLengthMax, publish, address } = this.#doors;
    const decision = negotiate(gate.request, policy);
    if (decision.kind === 'reject') {
      publish({ kind: 'association-refused', address, reason: decision.because });
      this.sendAssociationReject(...rejections[decision.because]);
      return;
    }
    for (const context of decision.contexts) {
      const answered = association.getPresentationContext(context.id);
      if (context.result === 'accepted') answered.setResult(PresentationContextResult.Accept, context.transferSyntax);
      else answered.setResult(refusedContexts[context.result]);
    }
    association.setMaxPduLength(pduLengthMax); // else the peer's own limit is sent back as ours
    this.sendAssociationAccept();
  }

  override associationReleaseRequested(): void {
    this.#over.abort();
    this.sendAssociationReleaseResponse();
  }

  override cEchoRequest(request: requests.CEchoRequest, callback: (response: responses.CEchoResponse) => void): void {
    const response = CEchoResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  }

  override createStoreWritableStream(
    context: association.PresentationContext,
    request: requests.CStoreRequest,
  ): Writable {
    const { gate, receive, publish, address } = this.#doors;
    const { callingAeTitle, calledAeTitle } = gate.request;
    const { sopClass = '', sopInstance = '' } = announcedBy(request);
    const open = async () => {
      try {
        if (!sopClass || !sopInstance) throw new AgentError('REQUEST_INVALID', 'The C-STORE request lacks a UID.');
        const origin = { kind: 'c-store', callingAeTitle, calledAeTitle, address } as const;
        return await receive(origin, { over: this.#over.signal });
      } catch (thrown) {
        const { code, detail } = asAgentError(thrown);
        publish({ kind: 'instance-refused', code, detail, by: 'c-store' });
        throw thrown;
      }
    };
    const transferSyntax = context.getAcceptedTransferSyntaxUid() ?? '';
    const meta = fileMeta({ sopClass, sopInstance, transferSyntax, sourceAeTitle: callingAeTitle });
    this.#storing = new StoreStream(open, meta);
    gate.follow(this.#storing);
    return this.#storing;
  }

  /** The data set is in its file; the engine is given none, so that it parses nothing. */
  override createDatasetFromStoreWritableStream(
    _writable: Writable,
    _context: association.PresentationContext,
    callback: (dataset: never) => void,
  ): void {
    callback(undefined as never);
  }

  override cStoreRequest(
    request: requests.CStoreRequest,
    callback: (response: responses.CStoreResponse) => void,
  ): void {
    this.#work = this.#store(request).then(callback);
  }

  override abort(): void {
    // The gate tells of it.
  }

  async #store(request: requests.CStoreRequest): Promise<responses.CStoreResponse> {
    const response = CStoreResponse.fromRequest(request); // a failure until something has succeeded
    const storing = this.#storing;
    try {
      if (!storing) throw new AgentError('REQUEST_INVALID', 'The C-STORE request came without a data set.');
      await storing.conclude(announcedBy(request));
      response.setStatus(Status.Success);
    } catch (thrown) {
      const { fault, message } = asAgentError(thrown);
      response.setStatus(fault.dimseStatus);
      response.setErrorComment(errorComment(message));
    }
    this.#storing = undefined;
    return response;
  }

  #lost(): void {
    this.#over.abort();
    const storing = this.#storing;
    if (storing) this.#work = Promise.all([this.#work, storing.abandon()]).then(() => undefined);
  }
}

const refusedContexts = {
  'abstract-syntax-not-supported': PresentationContextResult.RejectAbstractSyntaxNotSupported,
  'transfer-syntaxes-not-supported': PresentationContextResult.RejectTransferSyntaxesNotSupported,
} as const;

/** The engine promises texts; what the peer sent may be something else, or nothing. */
function announcedBy(request: requests.CStoreRequest): Pick<Announced, 'sopClass' | 'sopInstance'> {
  const uid = (value: unknown) => (typeof value === 'string' ? parseUid(value) : undefined);
  const [sopClass, sopInstance] = [uid(request.getAffectedSopClassUid()), uid(request.getAffectedSopInstanceUid())];
  return { ...(sopClass && { sopClass }), ...(sopInstance && { sopInstance }) };
}

/** Error Comment (0000,0902) is an LO: 64 characters, no backslash (PS3.7 annex C). */
function errorComment(message: string): string {
  return message.replace(/[^\x20-\x5b\x5d-\x7e]/g, ' ').slice(0, 64);
}
