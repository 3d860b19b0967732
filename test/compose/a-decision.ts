import { decisionDocument } from '#compose/decision-document';
import type { Reader } from '#domain/decision';
import type { ResultDocument } from '#domain/document';
import type { ComposedDocument, Composition } from '#src/ports';

/** What a reader wrote on a report: a number of the reader's own, and a comment. */
export function aDecision(
  { assessment, sources }: Composition,
  report: ResultDocument,
  reader: Reader,
): ComposedDocument {
  return decisionDocument(
    {
      assessment,
      sources: sources.map(({ instance }) => instance.facts),
      report,
      superseded: [report],
      verdict: 'amended',
      comment: 'Seen on the <PLAX> too, “clearly”.',
      amendments: [{ finding: 'lvef', title: 'Ejection fraction', ours: '34 %', readers: '40 %' }],
      reader,
      at: Date.UTC(2026, 10, 25, 9, 30),
    },
    '0.1.0',
  );
}
