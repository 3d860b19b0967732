import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AuditFact } from './fact.ts';

/** A fact that waits to be told. */
export interface AuditRecord {
  readonly id: number;
  readonly at: number;
  readonly fact: AuditFact;
}

/** What waits to be told to the audit log; on the disk, and no more than so much. */
export interface AuditSpool {
  /** Returns how many of the oldest had to give way. */
  put(at: number, fact: AuditFact): number;
  oldest(count: number): readonly AuditRecord[];
  /** Takes out what was told. */
  remove(records: readonly AuditRecord[]): void;
  size(): number;
  close(): void;
}

/** Opens the spool of a data folder; the agent and a command may have it open at one time. Only its owner may read it. */
export function openAuditSpool(dataFolder: string, recordsMax: number): AuditSpool {
  mkdirSync(dataFolder, { recursive: true });
  const file = join(dataFolder, 'audit.sqlite');
  const database = new DatabaseSync(file);
  chmodSync(file, 0o600);
  // A query may name a patient, so what was told is overwritten. NORMAL: the power may take the last records, a crash of the process takes none.
  database.exec(
    'pragma busy_timeout = 5000; pragma secure_delete = on; pragma journal_mode = wal; pragma synchronous = normal',
  );
  database.exec(
    'create table if not exists records (id integer primary key autoincrement, at integer not null, fact text not null) strict',
  );
  const insert = database.prepare('insert into records (at, fact) values (?, ?)');
  const count = database.prepare('select count(*) as count from records');
  const drop = database.prepare('delete from records where id in (select id from records order by id limit ?)');
  const select = database.prepare('select id, at, fact from records order by id limit ?');
  const strike = database.prepare('delete from records where id = ?');
  const size = () => (count.get() as { count: number }).count;
  let known = size(); // counting all at each would take time
  return {
    put(at, fact) {
      insert.run(at, JSON.stringify(fact));
      known += 1;
      if (known <= recordsMax) return 0;
      known = size();
      const tooMany = Math.max(0, known - recordsMax);
      drop.run(tooMany);
      known -= tooMany;
      return tooMany;
    },
    oldest: (limit) =>
      (select.all(limit) as { id: number; at: number; fact: string }[]).map(({ id, at, fact }) => ({
        id,
        at,
        fact: JSON.parse(fact) as AuditFact,
      })),
    remove(records) {
      database.exec('begin immediate');
      for (const { id } of records) strike.run(id);
      database.exec('commit');
      known = size();
    },
    size,
    close: () => database.close(),
  };
}
