import type { Context } from 'koa';
import type { RequestRefusal } from '#domain/event';

/** A problem document (RFC 9457); no part of it repeats what the request said. */
export interface Problem {
  readonly status: number;
  /** A code of the table of faults, or of this service. */
  readonly code: RequestRefusal;
  readonly title: string;
  readonly detail?: string;
}

/** Why a request was answered with a problem document, if it was. */
export function refusalOf(context: Context): RequestRefusal | undefined {
  return context.state['refused'] as RequestRefusal | undefined;
}

/** Answers with a problem document. */
export function answerProblem(context: Context, { status, code, title, detail }: Problem): void {
  context.status = status;
  context.state['refused'] = code;
  context.body = JSON.stringify({ type: `urn:apical:fault:${code}`, title, status, code, ...(detail && { detail }) });
  context.type = 'application/problem+json';
}
