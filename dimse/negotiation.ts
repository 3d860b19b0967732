import { transferSyntaxes } from '#dicom/transfer-syntaxes';
import type { AssociationRefusal } from '#domain/event';
import { dicomApplicationContext, type AssociationRequest, type ProposedContext } from './association-request.ts';
import { storageClasses, storageCommitment, verification } from './sop-classes.ts';

export interface NegotiationPolicy {
  readonly aeTitle: string;
  /** AE titles that may call; empty for any. */
  readonly callingAeTitles: readonly string[];
  readonly anyCalledAeTitle: boolean;
  /** Storage SOP classes that are taken; empty for all that we know. */
  readonly sopClasses: readonly string[];
  /** Who may ask us to commit to what they sent. */
  readonly commitment: readonly { readonly aeTitle: string }[];
  /** True where there are as many associations already as we can take. */
  readonly isCrowded: boolean;
}

/** Result of one presentation context (PS3.8 table 9-18). */
export type ContextResult =
  | { readonly id: number; readonly result: 'accepted'; readonly transferSyntax: string }
  | { readonly id: number; readonly result: 'abstract-syntax-not-supported' | 'transfer-syntaxes-not-supported' };

/** Why an association is rejected (PS3.8 table 9-21). */
export type Rejection = Exclude<AssociationRefusal, 'too-many-connections' | 'address-not-allowed' | 'tls-handshake'>;

export type Negotiation =
  | { readonly kind: 'accept'; readonly contexts: readonly ContextResult[] }
  | { readonly kind: 'reject'; readonly because: Rejection };

/** Decides on an association; pure. Whoever may talk to us is answered context by context, even if none can be accepted. */
export function negotiate(request: AssociationRequest, policy: NegotiationPolicy): Negotiation {
  const because = rejection(request, policy);
  if (because) return { kind: 'reject', because };
  return { kind: 'accept', contexts: request.contexts.map((context) => contextResult(context, request, policy)) };
}

function rejection(request: AssociationRequest, policy: NegotiationPolicy): Rejection | undefined {
  const { callingAeTitles, anyCalledAeTitle, aeTitle, isCrowded } = policy;
  if ((request.protocolVersion & 1) === 0) return 'protocol-version-not-supported';
  if (request.applicationContext !== dicomApplicationContext) return 'application-context-not-supported';
  if (!anyCalledAeTitle && request.calledAeTitle !== aeTitle) return 'called-ae-title-not-recognized';
  if (callingAeTitles.length > 0 && !callingAeTitles.includes(request.callingAeTitle)) {
    return 'calling-ae-title-not-recognized';
  }
  return isCrowded ? 'local-limit-exceeded' : undefined;
}

const storage = new Set(storageClasses.map(({ uid }) => uid));
const anySyntax = new Set(transferSyntaxes.map(({ uid }) => uid));
// C-ECHO has no data set; the syntaxes of plain data sets are enough.
const plainSyntax = new Set(transferSyntaxes.filter(({ encoding }) => encoding === 'native').map(({ uid }) => uid));

function contextResult(
  { id, abstractSyntax, transferSyntaxes }: ProposedContext,
  { providedByRequestor = [], callingAeTitle }: AssociationRequest,
  { commitment, sopClasses }: NegotiationPolicy,
): ContextResult {
  // Whoever vouches for something may tell us; whom we vouch for is named.
  const isTold = providedByRequestor.includes(abstractSyntax);
  const mayAsk = commitment.some(({ aeTitle }) => aeTitle === callingAeTitle);
  const isPlain =
    abstractSyntax === verification.uid || (abstractSyntax === storageCommitment.uid && (isTold || mayAsk));
  const isTaken = storage.has(abstractSyntax) && (sopClasses.length === 0 || sopClasses.includes(abstractSyntax));
  const known = isPlain ? plainSyntax : isTaken ? anySyntax : undefined;
  if (!known) return { id, result: 'abstract-syntax-not-supported' };
  // The first that we know: a sender names first what its objects are in. Anything else might make it transcode, with loss.
  const transferSyntax = transferSyntaxes.find((syntax) => known.has(syntax));
  if (!transferSyntax) return { id, result: 'transfer-syntaxes-not-supported' };
  return { id, result: 'accepted', transferSyntax };
}
