import type { DatabaseSync } from 'node:sqlite';
import { transaction } from './statements.ts';

interface Waiting<Given, Result> {
  readonly given: Given;
  readonly resolve: (result: Result) => void;
  readonly reject: (thrown: unknown) => void;
}

/** Those who wait at the same time share one transaction, and so one sync; `committed` hears of each. Where it fails, each gets one of its own and hears of its own fault only. */
export function createTogether<Given extends unknown[], Result>(
  database: DatabaseSync,
  committed: () => void,
  act: (...given: Given) => Result,
): (...given: Given) => Promise<Result> {
  const waiting: Waiting<Given, Result>[] = [];
  const alone = ({ given, resolve, reject }: Waiting<Given, Result>): void => {
    try {
      resolve(transaction(database, () => act(...given)));
      committed();
    } catch (thrown) {
      reject(thrown);
    }
  };
  const commit = (): void => {
    const group = waiting.splice(0);
    let results: Result[];
    try {
      results = transaction(database, () => group.map(({ given }) => act(...given)));
    } catch {
      return group.forEach(alone);
    }
    group.forEach(({ resolve }, index) => resolve(results[index]!));
    committed();
  };
  return (...given) =>
    new Promise((resolve, reject) => {
      waiting.push({ given, resolve, reject });
      if (waiting.length === 1) setImmediate(commit);
    });
}
