import type { StudyUid } from '#domain/uid';
import type { Ledger } from '#src/ports/ledger';
import type { Standing } from '#src/ports/worklist';

/** How a study stands now; undefined for one we do not know. */
export async function standingOf(study: StudyUid, ledger: Ledger): Promise<Standing | undefined> {
  const row = await ledger.study(study);
  if (!row) return undefined;
  const [assessment, documents, sources] = await Promise.all([
    ledger.assessment(study),
    ledger.documents(study),
    ledger.instances(study, 'source'),
  ]);
  const source = sources[0];
  return { study: row, documents, ...(assessment && { assessment }), ...(source && { source }) };
}
