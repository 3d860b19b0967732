import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { AgentError } from '#domain/errors';
import type { StudyUid } from '#domain/uid';
import type { Desk } from '#src/ports/reading-desk';
import type { Ledger } from '#src/ports/ledger';
import type { EventHub } from '#http/events';
import { readerOf, rolesOf } from '#http/login';
import type { AboutDocument, DemonstrationDocument } from './about.ts';
import { detailStudy } from './detail.ts';
import { addAsking } from './ask-routes.ts';
import { addReading, showDecision } from './reader-routes.ts';
import type { StudyDetail } from './study.ts';
import { studyIn } from './study-in.ts';
import { studyPage } from './worklist.ts';

/** What the page's own API is answered from. */
export interface ApiDoors {
  readonly ledger: Pick<
    Ledger,
    'studiesToRead' | 'studiesStanding' | 'study' | 'instances' | 'looks' | 'assessment' | 'documents' | 'deliveries'
  >;
  readonly events: EventHub;
  readonly about: () => Omit<AboutDocument, 'login'>;
  readonly desk: Desk;
  readonly demonstrate: (() => Promise<{ readonly study: string }>) | undefined;
}

/** Adds the routes below /api; they show what the ledger knows, and no patient's values. */
export function addApi(router: Router, doors: ApiDoors): void {
  router.get('/api/about', (context) => void (context.body = aboutDocument(context, doors.about)));
  router.get('/api/studies', async (context) => {
    context.body = await studyPage(context, doors.ledger);
  });
  router.get('/api/studies/:study', async (context) => {
    context.body = await studyDetail(studyIn(context), doors);
  });
  addAsking(router, doors.desk);
  addReading(router, doors.desk);
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

function aboutDocument(context: Context, about: ApiDoors['about']): AboutDocument {
  const { name, isKnown } = readerOf(context);
  return { ...about(), login: { ...(isKnown && { name }), roles: rolesOf(context) } };
}

async function studyDetail(study: StudyUid, { ledger, desk }: ApiDoors): Promise<StudyDetail> {
  const row = await ledger.study(study);
  if (!row) throw new AgentError('NOT_FOUND', 'No study with this UID has arrived.');
  return detailStudy({
    row,
    sources: await ledger.instances(study, 'source'),
    looks: await ledger.looks(study),
    results: await ledger.instances(study, 'result'),
    assessment: await ledger.assessment(study),
    documents: await ledger.documents(study),
    deliveries: await ledger.deliveries(study),
    decisions: (await desk.decisions(study)).map(showDecision),
  });
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
