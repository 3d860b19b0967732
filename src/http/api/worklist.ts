import type { Context } from 'koa';
import { AgentError } from '#domain/errors';
import type { StudyState } from '#domain/study';
import { priorityLevels } from '#domain/triage';
import { parseUid } from '#domain/uid';
import type { Ledger, ReadingQuery, StudiesStanding } from '#src/ports/ledger';
import { listStudy } from './listing.ts';
import type { StudyCounts, StudyPage } from './study.ts';

const pageLimit = { fallback: 25, max: 100 };
const amongMax = 100;
const states: readonly StudyState['kind'][] = ['receiving', 'assessing', 'assessed', 'set-aside'];

/** `GET /api/studies?priority=&state=&decided=&study=&limit=&offset=`: what is to be read first, first. Throws REQUEST_INVALID. */
export async function studyPage(
  context: Context,
  ledger: Pick<Ledger, 'studiesToRead' | 'studiesStanding' | 'assessment'>,
): Promise<StudyPage> {
  const query = new URLSearchParams(context.querystring);
  const narrowed = narrow(query);
  const rows = await ledger.studiesToRead({ ...narrowed, limit: narrowed.limit + 1 });
  const shown = rows.slice(0, narrowed.limit);
  const studies = await Promise.all(shown.map(async (row) => listStudy(row, await ledger.assessment(row.study))));
  query.set('limit', String(narrowed.limit));
  query.set('offset', String(narrowed.offset + narrowed.limit));
  const isMore = rows.length > narrowed.limit;
  const counts = countsOf(await ledger.studiesStanding());
  return { studies, counts, ...(isMore && { next: `/api/studies?${query}` }) };
}

function narrow(query: URLSearchParams): ReadingQuery {
  const limit = Math.min(pageLimit.max, wholeNumber(query, 'limit') ?? pageLimit.fallback);
  if (limit === 0) throw new AgentError('REQUEST_INVALID', 'limit is a number from 1.');
  const priority = oneOf(query, 'priority', priorityLevels);
  const state = oneOf(query, 'state', states);
  const decided = oneOf(query, 'decided', ['yes', 'no'] as const);
  const among = query.getAll('study').flatMap((uid) => parseUid(uid) ?? []);
  if (among.length > amongMax) throw new AgentError('REQUEST_INVALID', `At most ${amongMax} studies are named.`);
  return {
    limit,
    offset: wholeNumber(query, 'offset') ?? 0,
    ...(priority && { priority }),
    ...(state && { state }),
    ...(decided && { isDecided: decided === 'yes' }),
    ...(query.has('study') && { among }),
  };
}

function oneOf<T extends string>(query: URLSearchParams, name: string, values: readonly T[]): T | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = values.find((one) => one === text);
  if (value === undefined) throw new AgentError('REQUEST_INVALID', `${name} is one of ${values.join(', ')}.`);
  return value;
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new AgentError('REQUEST_INVALID', `${name} is a whole number.`);
  return Number(text);
}

/** Of what is undecided: by urgency and by state; and how many were decided. */
function countsOf(standing: readonly StudiesStanding[]): StudyCounts {
  const counts = {
    priority: { HIGH: 0, MEDIUM: 0, LOW: 0 },
    state: { receiving: 0, assessing: 0, assessed: 0, 'set-aside': 0 },
    decided: 0,
  };
  for (const { priority, state, isDecided, count } of standing) {
    if (isDecided) counts.decided += count;
    else {
      counts.priority[priority] += count;
      counts.state[state] += count;
    }
  }
  return counts;
}
