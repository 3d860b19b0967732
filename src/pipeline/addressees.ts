import { preliminaryRevision } from '#domain/assessment';
import type { ResultDocument } from '#domain/document';
import type { Triage } from '#domain/triage';
import type { Destination } from '#src/ports';

/** Whether a destination is sent a document: by kind, by stage, and, for those told by rule only, by the rules that were met. */
export function isAddressed(
  { name, reports, onlyByRule, preliminary }: Destination,
  { kind, revision }: Pick<ResultDocument, 'kind' | 'revision'>,
  triage: Triage | undefined,
): boolean {
  if (revision === preliminaryRevision && preliminary !== true) return false;
  if (reports && !reports.includes(kind)) return false;
  // Who was told of an early finding is told of its withdrawal too.
  return onlyByRule !== true || (triage?.reasons.some(({ notify }) => notify.includes(name)) ?? false);
}
