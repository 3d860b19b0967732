import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Row } from './rows.ts';
import { sql } from './sql.ts';

type Name = keyof typeof sql;

export interface Statements {
  run(name: Name, ...values: SQLInputValue[]): void;
  get(name: Name, ...values: SQLInputValue[]): Row | undefined;
  all(name: Name, ...values: SQLInputValue[]): Row[];
}

/** The statements of `sql`, each prepared at its first use. */
export function createStatements(database: DatabaseSync): Statements {
  const prepared = new Map<Name, StatementSync>();
  const statement = (name: Name): StatementSync => {
    const known = prepared.get(name) ?? database.prepare(sql[name]);
    prepared.set(name, known);
    return known;
  };
  return {
    run: (name, ...values) => void statement(name).run(...values),
    get: (name, ...values) => statement(name).get(...values),
    all: (name, ...values) => statement(name).all(...values),
  };
}

/** All or nothing, and durable on return. */
export function transaction<T>(database: DatabaseSync, body: () => T): T {
  database.exec('begin immediate');
  try {
    const result = body();
    database.exec('commit');
    return result;
  } catch (thrown) {
    if (database.isTransaction) database.exec('rollback');
    throw thrown;
  }
}

/** All or nothing, but durable only with the next transaction that is: for what a crash may take with it, since it was told to nobody. */
export function passingTransaction<T>(database: DatabaseSync, body: () => T): T {
  database.exec('pragma synchronous = normal');
  try {
    return transaction(database, body);
  } finally {
    database.exec('pragma synchronous = full');
  }
}
