import { useEffect, useState } from 'htm/preact/standalone';
import type { StudyCounts, StudyListed } from '#http/api/study';
import { findStudies, loadStudies } from './load.ts';
import { useLoaded } from './loaded.ts';

/** How the list is narrowed; empty: not. */
export interface Filter {
  readonly text: string;
  readonly priority: string;
  readonly state: string;
}

export interface Worklist {
  readonly studies: readonly StudyListed[] | undefined;
  readonly counts: StudyCounts | undefined;
  readonly error: unknown;
  readonly filter: Filter;
  /** True where nothing has arrived at all. */
  readonly isEmpty: boolean;
  narrow(change: Partial<Filter>): void;
  readonly onMore: (() => void) | undefined;
}

const pageSize = 25;
const everything: Filter = { text: '', priority: '', state: '' };
const typingMs = 250;

/** The studies in the order in which they are to be read, loaded again whenever something happens. */
export function useWorklist(changes: number): Worklist {
  const [filter, setFilter] = useState(everything);
  const [limit, setLimit] = useState(pageSize);
  const text = useSettled(filter.text.trim());
  const { priority, state } = filter;
  const load = async () => loadStudies(await queryOf({ text, priority, state }, limit));
  const { value: page, error } = useLoaded(load, [limit, changes, text, priority, state]);
  const isNarrowed = text !== '' || priority !== '' || state !== '';
  return {
    studies: page?.studies,
    counts: page?.counts,
    error,
    filter,
    isEmpty: page?.studies.length === 0 && !isNarrowed && filter.text === '',
    narrow: (change) => setFilter((last) => ({ ...last, ...change })),
    onMore: page?.next === undefined ? undefined : () => setLimit(limit + pageSize),
  };
}

async function queryOf({ text, priority, state }: Filter, limit: number): Promise<URLSearchParams> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (priority !== '') query.set('priority', priority);
  if (state === 'open' || state === 'decided') query.set('decided', state === 'decided' ? 'yes' : 'no');
  else if (state !== '') query.set('state', state);
  if (text === '') return query;
  const found = await findStudies(text);
  for (const study of found) query.append('study', study);
  if (found.length === 0) query.append('study', '0.0'); // no study has it: nothing matches
  return query;
}

/** A text once nobody types it any more. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), typingMs);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
