import type { Context } from 'koa';

/** A problem document (RFC 9457); no part of it repeats what the request said. */
export interface Problem {
  readonly status: number;
  /** A code of the table of faults, or of this service. */
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
}

/** Answers with a problem document. */
export function answerProblem(context: Context, { status, code, title, detail }: Problem): void {
  context.status = status;
  context.body = JSON.stringify({ type: `urn:apical:fault:${code}`, title, status, code, ...(detail && { detail }) });
  context.type = 'application/problem+json';
}
