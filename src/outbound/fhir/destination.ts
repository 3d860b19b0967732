import { AgentError } from '#domain/errors';
import { requireTaken, unreachable, within } from '#outbound/answer';
import { messageOf, type AskStanding } from '#outbound/message';
import type { Destination } from '#src/ports';
import { bundleOf } from './bundle.ts';

export interface FhirSettings {
  readonly name: string;
  /** Base of the service, such as https://fhir.example/r4. */
  readonly url: string;
  /** URI of the system that Patient IDs are of. */
  readonly patientSystem?: string | undefined;
  readonly timeoutMs: number;
}

/** How requests are logged in. */
export type Authorize = (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;

/** A FHIR R4 server that takes transactions; only its word on every entry delivers. */
export function createFhirDestination(
  { name, url, patientSystem, timeoutMs }: FhirSettings,
  { ask, authorize }: { ask: AskStanding; authorize: Authorize },
): Destination {
  return {
    name,
    async deliver(instance, path, signal) {
      const bundle = bundleOf(await messageOf(instance, path, ask), patientSystem);
      const waiting = within(timeoutMs, signal);
      try {
        const headers = {
          'content-type': 'application/fhir+json',
          accept: 'application/fhir+json',
          prefer: 'return=minimal',
          ...(await authorize(waiting)),
        };
        const request = { method: 'POST', headers, body: JSON.stringify(bundle), redirect: 'manual' } as const;
        const response = await fetch(url.replace(/\/+$/, ''), { ...request, signal: waiting });
        const text = await response.text();
        requireTaken(name, response.status, [409]); // another transaction was at the same resource
        confirm(name, text, bundle.entry.length);
      } catch (thrown) {
        signal.throwIfAborted();
        throw thrown instanceof AgentError ? thrown : unreachable(name, thrown);
      }
    },
  };
}

interface TransactionResponse {
  readonly resourceType?: string;
  readonly entry?: readonly { readonly response?: { readonly status?: string } }[];
}

/** A transaction is all or nothing, and says so for each entry; what says something else has not confirmed it. */
function confirm(name: string, text: string, entries: number): void {
  const { resourceType, entry = [] } = parsed(text);
  const taken = entry.filter(({ response }) => /^20[01]\b/.test(response?.status ?? '')).length;
  if (resourceType === 'Bundle' && taken === entries) return;
  throw new AgentError('DESTINATION_BUSY', `${name} confirmed ${taken} of ${entries} resources.`);
}

function parsed(text: string): TransactionResponse {
  try {
    return (JSON.parse(text) as TransactionResponse | null) ?? {};
  } catch {
    return {}; // an answer that is no JSON confirms nothing
  }
}
