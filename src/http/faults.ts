import type { Middleware } from 'koa';
import { asAgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import { answerProblem } from './problem.ts';

/** Answers a fault as a problem document; what we do not know is answered 500, without its text, which may hold patient values. */
export function createFaults(publish: Publish): Middleware {
  return async (context, next) => {
    try {
      await next();
    } catch (thrown) {
      const { code, detail, fault } = asAgentError(thrown);
      if (code === 'UNEXPECTED') publish({ kind: 'unexpected', where: 'http', error: placeOf(thrown) });
      if (fault.httpStatus === 503) context.set('Retry-After', '30');
      const told = code === 'UNEXPECTED' ? {} : { detail };
      answerProblem(context, { status: fault.httpStatus, code, title: fault.sentence, ...told });
      return;
    }
    if (context.status !== 404 || (context.body !== undefined && context.body !== null)) return;
    answerProblem(context, { status: 404, code: 'NOT_FOUND', title: 'There is nothing at this address.' });
  };
}

/** Where an unknown error arose, without its text. */
export function placeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [thrown.name, ...frames.slice(0, 6).map((line) => line.trim())].join(' ');
}
