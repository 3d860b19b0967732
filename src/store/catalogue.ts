import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { Identifying } from '#domain/identifying';
import type { DicomJson } from '#domain/instance';
import type { Catalogue, CatalogueQuery, StudySummary } from '#src/ports/archives';
import { instanceOf, type Row } from './rows.ts';

/** The archive's catalogue in SQLite, narrowed by what has an index; finer matching is the asker's. */
export function createCatalogue(database: DatabaseSync): Catalogue {
  return {
    async instances(query) {
      const { where, values } = condition(query);
      const text = `select * from instances ${where} order by received_at, sop_instance ${page(query)}`;
      return (database.prepare(text).all(...values) as Row[]).map(instanceOf);
    },
    async studies(query) {
      const { where, values } = condition(query);
      // Bare columns beside max() are those of the row that has the maximum (SQLite, "bare columns in an aggregate query").
      const text = `select attributes, max(received_at), count(*) as instances, count(distinct series) as series,
        group_concat(distinct modality) as modalities, group_concat(distinct facts ->> 'sopClass') as sop_classes
        from instances where study in (select study from instances ${where}) group by study order by max(study_date) desc, study ${page(query)}`;
      return (database.prepare(text).all(...values) as Row[]).map(summaryOf);
    },
  };
}

const columns = {
  study: 'study =',
  series: 'series =',
  sopInstance: 'sop_instance =',
  modality: 'modality =',
  studyDateFrom: 'study_date >=',
  studyDateTo: 'study_date <=',
} as const;

function condition(query: CatalogueQuery): { where: string; values: SQLInputValue[] } {
  const given = (Object.keys(columns) as (keyof typeof columns)[]).filter((key) => query[key] !== undefined);
  const where = given.length === 0 ? '' : `where ${given.map((key) => `${columns[key]} ?`).join(' and ')}`;
  return { where, values: given.map((key) => query[key] as string) };
}

function page({ limit = -1, offset = 0 }: CatalogueQuery): string {
  return `limit ${Math.trunc(limit)} offset ${Math.trunc(offset)}`;
}

function summaryOf(row: Row): StudySummary {
  return {
    attributes: new Identifying(JSON.parse(row['attributes'] as string) as DicomJson),
    modalities: (row['modalities'] as string).split(',').filter(Boolean),
    sopClasses: (row['sop_classes'] as string).split(',').filter(Boolean),
    series: row['series'] as number,
    instances: row['instances'] as number,
  };
}
