import type { AgentError } from '#domain/errors';
import type { DicomJson, InstanceFacts } from '#domain/instance';
import type { FileMeta } from './file-meta.ts';
import type { Urls } from './urls.ts';

/** What became of one object of a STOW-RS request. */
export type StoreOutcome =
  | { readonly kind: 'stored'; readonly facts: InstanceFacts }
  | { readonly kind: 'failed'; readonly error: AgentError; readonly announced: FileMeta };

/**
 * The status of the whole (PS3.18 table 10.5.3-1): 200 all, 202 some, 409 none. Where none was stored for a reason that
 * passes, its own status, so that the sender knows to come again.
 */
export function storeStatus(outcomes: readonly StoreOutcome[]): number {
  const failures = outcomes.filter((outcome) => outcome.kind === 'failed');
  if (failures.length === 0) return 200;
  if (failures.length < outcomes.length) return 202;
  const [first] = failures;
  const mayPass = failures.every(({ error }) => error.fault.fate === 'retry');
  return first && mayPass ? first.error.fault.httpStatus : 409;
}

/** The Store Instances Response Module (PS3.18 annex I): what is stored, what failed and why, per object. */
export function storeResponse(outcomes: readonly StoreOutcome[], urls: Urls): DicomJson {
  const stored = outcomes.filter((outcome) => outcome.kind === 'stored').map(({ facts }) => facts);
  const failed = outcomes.filter((outcome) => outcome.kind === 'failed');
  const [study, ...others] = new Set(stored.map((facts) => facts.study));
  const named = failed.filter(({ announced }) => announced.sopInstance && announced.sopClass);
  const nameless = failed.filter((failure) => !named.includes(failure));
  return {
    ...(study && others.length === 0 && { '00081190': { vr: 'UR', Value: [urls.study(study)] } }),
    ...sequence(
      '00081199',
      stored.map((facts) => ({ ...reference(facts), '00081190': { vr: 'UR', Value: [urls.instance(facts)] } })),
    ),
    ...sequence(
      '00081198',
      named.map(({ error, announced }) => ({ ...reference(announced), ...reason(error) })),
    ),
    ...sequence(
      '0008119A',
      nameless.map(({ error }) => reason(error)),
    ),
  };
}

function sequence(tag: string, items: readonly DicomJson[]): DicomJson {
  return items.length > 0 ? { [tag]: { vr: 'SQ', Value: items } } : {};
}

function reference({ sopClass, sopInstance }: FileMeta): DicomJson {
  return { '00081150': { vr: 'UI', Value: [sopClass] }, '00081155': { vr: 'UI', Value: [sopInstance] } };
}

/** Failure Reason is the status that a C-STORE would have been answered with (PS3.18 table I.2-2). */
function reason(error: AgentError): DicomJson {
  return { '00081197': { vr: 'US', Value: [error.fault.dimseStatus] } };
}
