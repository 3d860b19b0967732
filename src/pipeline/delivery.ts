import type { Delivery, Receipt } from '#domain/document';

/** What a delivery is, by what the destination said of it; without a destination or a document there is nothing to send. */
export function outcomeOf(
  receipt: Receipt | { readonly kind: 'withheld' } | void,
): Pick<Delivery, 'state' | 'proof' | 'fault'> {
  if (!receipt) return { state: 'delivered' };
  if (receipt.kind === 'proved') return { state: 'delivered', proof: receipt.proof };
  return { state: 'withheld', ...('because' in receipt && { fault: receipt.because }) };
}
