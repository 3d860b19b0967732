import type { DicomJson } from '#domain/instance';
import { datasetIn, firstOf, itemsOf } from './answer.ts';

/** What an archive's answer to STOW-RS says of one instance. */
export type StoreOutcome =
  | { readonly kind: 'stored' }
  /** It says no, with a Failure Reason (PS3.18 table I.2-2) or a status that will not change by itself. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It has an object under this UID already: perhaps ours. */
  | { readonly kind: 'duplicate' }
  /** Not now. */
  | { readonly kind: 'busy'; readonly reason: string }
  /** Nothing was said of this instance: only asking can tell. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** Reads the outcome for one instance from the body; the status counts only where the body says nothing of it. */
export function readStoreOutcome(status: number, body: string, sopInstance: string): StoreOutcome {
  const response = datasetIn(body);
  const isNamed = (item: DicomJson) => firstOf(item, '00081155') === sopInstance;
  if (itemsOf(response, '00081199').some(isNamed)) return { kind: 'stored' };
  const failure = itemsOf(response, '00081198').find(isNamed) ?? onlyFailure(response);
  if (failure) return byReason(Number(firstOf(failure, '00081197')));
  return byStatus(status);
}

/** We send one instance at a time: a failure without a UID is its failure. */
function onlyFailure(response: DicomJson): DicomJson | undefined {
  const failures = [...itemsOf(response, '00081198'), ...itemsOf(response, '0008119A')];
  const [failure] = failures;
  return failures.length === 1 && failure && firstOf(failure, '00081155') === undefined ? failure : undefined;
}

function byReason(reason: number): StoreOutcome {
  const named = `failure reason ${Number.isInteger(reason) ? `${reason.toString(16).toUpperCase().padStart(4, '0')}H` : 'not given'}`;
  if (reason === 0x0111) return { kind: 'duplicate' };
  if (reason >> 8 === 0xa7) return { kind: 'busy', reason: named };
  return { kind: 'refused', reason: named };
}

function byStatus(status: number): StoreOutcome {
  const reason = `status ${status}`;
  if ([429, 503, 507].includes(status)) return { kind: 'busy', reason };
  if (status === 400 || status === 409 || status < 400 || status >= 500) return { kind: 'unknown', reason };
  if (status === 401 || status === 403) return { kind: 'refused', reason: `${reason}: check the credentials` };
  return { kind: 'refused', reason };
}
