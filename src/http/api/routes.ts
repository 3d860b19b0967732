import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { AgentError } from '#domain/errors';
import { parseUid, type StudyUid } from '#domain/uid';
import type { Ledger } from '#src/ports';
import type { EventHub } from '#http/events';
import type { AboutDocument, DemonstrationDocument } from './about.ts';
import { detailStudy } from './detail.ts';
import { listStudy } from './listing.ts';
import type { StudyDetail, StudyPage } from './study.ts';

/** What the page's own API is answered from. */
export interface ApiDoors {
  readonly ledger: Pick<Ledger, 'studies' | 'study' | 'instances' | 'assessment' | 'documents' | 'deliveries'>;
  readonly events: EventHub;
  readonly about: () => AboutDocument;
  readonly demonstrate: (() => Promise<{ readonly study: string }>) | undefined;
}

/** Adds the routes below /api; they show what the ledger knows, and no patient's values. */
export function addApi(router: Router, doors: ApiDoors): void {
  router.get('/api/about', (context) => void (context.body = doors.about()));
  router.get('/api/studies', async (context) => {
    context.body = await studyPage(context, doors.ledger);
  });
  router.get('/api/studies/:study', async (context) => {
    context.body = await studyDetail(context.params['study'] ?? '', doors.ledger);
  });
  router.get('/api/events', (context) => {
    context.body = doors.events.connect();
    context.type = 'text/event-stream';
    context.set('X-Accel-Buffering', 'no'); // nginx would hold events back
    context.set('Connection', 'close'); // the stream's end is the connection's: nobody waits for it when we stop
  });
  const demonstrate = doors.demonstrate && oneAtATime(doors.demonstrate);
  router.post('/api/demonstration', async (context) => {
    if (!demonstrate) throw new AgentError('NOT_FOUND', 'Demonstration studies are not made here.');
    const { study } = await demonstrate();
    context.status = 202;
    context.body = { study } satisfies DemonstrationDocument;
  });
}

const pageLimit = { fallback: 25, max: 100 };

async function studyPage(context: Context, ledger: ApiDoors['ledger']): Promise<StudyPage> {
  const query = new URLSearchParams(context.querystring);
  const limit = Math.min(pageLimit.max, wholeNumber(query, 'limit') ?? pageLimit.fallback);
  const offset = wholeNumber(query, 'offset') ?? 0;
  if (limit === 0) throw new AgentError('REQUEST_INVALID', 'limit is a number from 1.');
  const rows = await ledger.studies({ limit: limit + 1, offset });
  const shown = rows.slice(0, limit);
  const studies = await Promise.all(shown.map(async (row) => listStudy(row, await ledger.assessment(row.study))));
  const next = `/api/studies?limit=${limit}&offset=${offset + limit}`;
  return { studies, ...(rows.length > limit && { next }) };
}

async function studyDetail(text: string, ledger: ApiDoors['ledger']): Promise<StudyDetail> {
  const study = parseUid(text) as StudyUid | undefined;
  if (!study) throw new AgentError('REQUEST_INVALID', 'The address holds no Study Instance UID.');
  const row = await ledger.study(study);
  if (!row) throw new AgentError('NOT_FOUND', 'No study with this UID has arrived.');
  return detailStudy({
    row,
    sources: await ledger.instances(study, 'source'),
    results: await ledger.instances(study, 'result'),
    assessment: await ledger.assessment(study),
    documents: await ledger.documents(study),
    deliveries: await ledger.deliveries(study),
  });
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new AgentError('REQUEST_INVALID', `${name} is a whole number.`);
  return Number(text);
}

/** A second call while the first is under way is refused. */
function oneAtATime<T>(act: () => Promise<T>): () => Promise<T> {
  let isBusy = false;
  return async () => {
    if (isBusy) throw new AgentError('TOO_BUSY', 'A demonstration study is being made.');
    isBusy = true;
    try {
      return await act();
    } finally {
      isBusy = false;
    }
  };
}
