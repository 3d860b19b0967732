import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { verdicts, type DecisionRequest } from '#domain/decision';
import { AgentError } from '#domain/errors';
import { parseUid } from '#domain/uid';
import type { CheckedDecision, Desk } from '#src/ports/reading-desk';
import { jsonBody, textIn } from '#http/json-body';
import { readerOf } from '#http/login';
import { isoTime } from './listing.ts';
import type { DecisionShown, DecisionsDocument } from './reader.ts';
import { studyIn } from './study-in.ts';

/** Adds what readers do with a study beside looking at it: decide, have it assessed again, send a document again. */
export function addReading(router: Router, desk: Omit<Desk, 'ask' | 'retry'>): void {
  router.get('/api/studies/:study/decisions', async (context) => {
    const decisions = (await desk.decisions(studyIn(context))).map(showDecision);
    const publicKey = await desk.publicKey();
    context.body = { decisions, ...(publicKey && { publicKey }) } satisfies DecisionsDocument;
  });
  router.post('/api/studies/:study/decisions', async (context) => {
    const kept = await desk.decide(await decisionIn(context));
    context.status = 201;
    context.body = showDecision({ ...kept, isGenuine: true });
  });
  router.post('/api/studies/:study/assess', async (context) => {
    await desk.assessAgain(studyIn(context));
    context.status = 202;
    context.body = {};
  });
  router.post('/api/documents/:document/send', async (context) => {
    const document = parseUid(context.params['document'] ?? '');
    if (!document) throw new AgentError('REQUEST_INVALID', 'The address holds no SOP Instance UID.');
    await desk.sendAgain(document, textIn(await jsonBody(context), 'destination'));
    context.status = 202;
    context.body = {};
  });
}

async function decisionIn(context: Context): Promise<DecisionRequest> {
  const study = studyIn(context);
  const body = await jsonBody(context);
  const verdict = verdicts.find((one) => one === body['verdict']);
  if (!verdict) throw new AgentError('REQUEST_INVALID', `verdict is one of ${verdicts.join(', ')}.`);
  const given = body['amendments'] ?? {};
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new AgentError('REQUEST_INVALID', 'amendments holds values by finding.');
  const names = Object.keys(given);
  const amendments = Object.fromEntries(
    names.map((name) => [name, textIn(given as Readonly<Record<string, unknown>>, name)]),
  );
  return { study, verdict, comment: textIn(body, 'comment'), amendments, reader: readerOf(context) };
}

/** A decision with what one needs to check it. */
export function showDecision(decision: CheckedDecision): DecisionShown {
  const { reader, at } = decision;
  return { ...decision, reader: reader.name, isKnownReader: reader.isKnown, at: isoTime(at) };
}
