import type { Decision } from '#domain/decision';
import type { StudyState } from '#domain/study';
import { priorityLevels } from '#domain/triage';
import type { Ledger, StudiesStanding } from '#src/ports/ledger';
import { studyOf, type Row } from './rows.ts';
import type { Statements } from './statements.ts';

type ReadingList = Pick<Ledger, 'studiesToRead' | 'studiesStanding' | 'decisions' | 'deliveriesByState'>;
type DeliveriesStanding = Awaited<ReturnType<Ledger['deliveriesByState']>>[number];

/** What readers ask of the ledger: what is to be read, what was decided, what arrived where. */
export function createReadingList({ all }: Pick<Statements, 'all'>): ReadingList {
  return {
    studiesToRead: async ({ limit, offset, priority, state, isDecided, among }) => {
      const urgency = priority === undefined ? null : priorityLevels.indexOf(priority);
      const decided = isDecided === undefined ? null : Number(isDecided);
      const studies = among === undefined ? null : JSON.stringify(among);
      return all('studiesToRead', urgency, state ?? null, decided, studies, limit, offset).map(studyOf);
    },
    studiesStanding: async () => all('studiesStanding').map(standingOf),
    decisions: async (study) =>
      all('decisionsOfStudy', study).map((row) => JSON.parse(row['decision'] as string) as Decision),
    deliveriesByState: async () => all('deliveriesByState').map((row) => ({ ...row }) as unknown as DeliveriesStanding),
  };
}

function standingOf(row: Row): StudiesStanding {
  const { urgency, state, count } = row as { urgency: number; state: StudyState['kind']; count: number };
  return { priority: priorityLevels[urgency] ?? 'MEDIUM', state, isDecided: row['decided'] === 1, count };
}
