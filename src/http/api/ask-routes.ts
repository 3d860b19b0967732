import { randomUUID } from 'node:crypto';
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { AgentError, faults } from '#domain/errors';
import type { Answer, Desk, Question } from '#src/ports/reading-desk';
import { jsonBody, textIn } from '#http/json-body';
import { readerOf } from '#http/login';
import { answerProblem } from '#http/problem';
import { researchNotice } from './about.ts';
import type { AnswerShown } from './reader.ts';
import { studyIn } from './study-in.ts';

interface AskLimits {
  readonly sentenceCharactersMax: number;
  /** Of all readers together; of one reader one. */
  readonly asksMax: number;
  readonly timeoutMs: number;
  /** Answers whose pictures are kept for whoever looks at them. */
  readonly answersMax: number;
}

const usualLimits: AskLimits = { sentenceCharactersMax: 300, asksMax: 2, timeoutMs: 120_000, answersMax: 12 };

/** Adds the prompt box: a sentence is compared with a study and its PromptCAM is drawn, on request and for the asker only. */
export function addAsking(router: Router, desk: Pick<Desk, 'ask' | 'methods'>, limits = usualLimits): void {
  const underWay = new Set<string>();
  const answers = new Map<string, Answer>();
  const keep = (answer: Answer): string => {
    const id = randomUUID();
    answers.set(id, answer);
    for (const old of [...answers.keys()].slice(0, -limits.answersMax)) answers.delete(old);
    return id;
  };
  router.post('/api/studies/:study/ask', async (context) => {
    const question = await questionIn(context, desk, limits);
    const { name } = readerOf(context);
    if (underWay.has(name) || underWay.size >= limits.asksMax) return refuseForNow(context);
    underWay.add(name);
    // A model cannot be stopped: who waited too long is answered, and waits for the end before asking again.
    const answered = desk.ask(question).finally(() => underWay.delete(name));
    const answer = await Promise.race([answered, late(limits.timeoutMs)]);
    context.body = show(keep(answer), answer);
  });
  router.get('/api/asked/:id/frames/:frame', (context) => {
    const { id = '', frame = '' } = context.params;
    const picture = answers.get(id)?.pictures[Number(frame) - 1];
    if (!picture) throw new AgentError('NOT_FOUND', 'This answer is not at hand any more: ask again.');
    context.body = Buffer.from(picture.buffer, picture.byteOffset, picture.byteLength);
    context.type = 'image/jpeg';
  });
}

async function questionIn(context: Context, { methods }: Pick<Desk, 'methods'>, limits: AskLimits): Promise<Question> {
  const study = studyIn(context);
  const body = await jsonBody(context);
  const [sentence, finding, named] = [textIn(body, 'sentence'), textIn(body, 'finding'), textIn(body, 'method')];
  const method = methods.find((one) => one === named);
  if (named !== '' && !method) throw new AgentError('REQUEST_INVALID', `method is one of ${methods.join(', ')}.`);
  if ((sentence === '') === (finding === ''))
    throw new AgentError('REQUEST_INVALID', 'Either a sentence or a finding is asked.');
  if (sentence.length > limits.sentenceCharactersMax)
    throw new AgentError('REQUEST_INVALID', `A sentence has at most ${limits.sentenceCharactersMax} characters.`);
  return { study, about: sentence === '' ? { finding } : { sentence }, ...(method && { method }) };
}

/** Too Many Requests (RFC 6585 section 4). */
function refuseForNow(context: Context): void {
  context.set('Retry-After', '2');
  answerProblem(context, { status: 429, code: 'TOO_BUSY', title: faults.TOO_BUSY.sentence });
}

function late(milliseconds: number): Promise<never> {
  return new Promise((_, reject) => {
    const error = new AgentError('MODEL_UNAVAILABLE', 'The answer took too long.');
    setTimeout(() => reject(error), milliseconds).unref();
  });
}

function show(id: string, { pictures, rows, columns, frameIndices, ...answer }: Answer): AnswerShown {
  const { sentence, similarity, method, sopInstance, keyFrame, phantomOnly } = answer;
  const at = `/api/asked/${id}/frames`;
  const picture = {
    frames: pictures.length,
    rows,
    columns,
    rendered: `${at}/{frame}`,
    thumbnail: `${at}/1`,
    sourceFrames: frameIndices.map((index) => index + 1),
  };
  const about = { id, sentence, similarity, method, sopInstance, keyFrame: keyFrame + 1, phantomOnly };
  return { ...about, picture, notice: researchNotice };
}
