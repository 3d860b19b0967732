import type { DicomJson } from '#domain/instance';

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
  const response = parse(body);
  const isNamed = (item: DicomJson) => first(item, '00081155') === sopInstance;
  if (items(response, '00081199').some(isNamed)) return { kind: 'stored' };
  const failure = items(response, '00081198').find(isNamed) ?? onlyFailure(response);
  if (failure) return byReason(Number(first(failure, '00081197')));
  return byStatus(status);
}

/** We send one instance at a time: a failure without a UID is its failure. */
function onlyFailure(response: DicomJson): DicomJson | undefined {
  const failures = [...items(response, '00081198'), ...items(response, '0008119A')];
  const [failure] = failures;
  return failures.length === 1 && failure && first(failure, '00081155') === undefined ? failure : undefined;
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

function parse(body: string): DicomJson {
  try {
    const value: unknown = JSON.parse(body);
    const dataset: unknown = Array.isArray(value) ? value[0] : value;
    return typeof dataset === 'object' && dataset !== null ? (dataset as DicomJson) : {};
  } catch {
    return {}; // an empty answer, HTML, XML: nothing is said of the instance
  }
}

function items(dataset: DicomJson, tag: string): readonly DicomJson[] {
  return (dataset[tag]?.Value ?? []).filter((item) => typeof item === 'object' && item !== null) as DicomJson[];
}

function first(dataset: DicomJson, tag: string): unknown {
  return dataset[tag]?.Value?.[0];
}
