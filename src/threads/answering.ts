import { parentPort } from 'node:worker_threads';
import { AgentError, asAgentError, type FaultCode } from '#domain/errors';

/** What goes back from a worker. */
export type Answer = { readonly value: unknown } | { readonly fault: ThreadFault };

export interface ThreadFault {
  readonly code: FaultCode;
  readonly detail: string;
  /** Where an error that nobody knows arose. */
  readonly stack?: string | undefined;
}

/** A value, and what of it is handed over instead of copied. */
export interface Answered {
  readonly value: unknown;
  readonly transfer?: readonly ArrayBuffer[];
}

/** In a worker of a pool: answers one question at a time, and faults by their code. */
export function answerQuestions<Question>(answer: (question: Question) => Promise<Answered>): void {
  parentPort?.on('message', (question: Question) => tell({}, answer(question)));
}

/** A question on a line (worker-line.ts), where several are under way at once. */
export interface Call<Question> {
  readonly id: number;
  readonly question: Question;
}

/** In the worker of a line: answers as many questions at a time as come. */
export function answerCalls<Question>(answer: (question: Question) => Promise<Answered>): void {
  parentPort?.on('message', ({ id, question }: Call<Question>) => tell({ id }, answer(question)));
}

function tell(head: Partial<Pick<Call<unknown>, 'id'>>, answering: Promise<Answered>): void {
  void answering.then(
    ({ value, transfer }) => parentPort?.postMessage({ ...head, value } satisfies Answer, transfer),
    (thrown: unknown) => {
      parentPort?.postMessage({ ...head, fault: faultOf(thrown) } satisfies Answer);
    },
  );
}

function faultOf(thrown: unknown): ThreadFault {
  if ((thrown as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return { code: 'FILE_MISSING', detail: '' };
  const { code, detail, cause } = asAgentError(thrown);
  return { code, detail, ...(code === 'UNEXPECTED' && cause instanceof Error && { stack: cause.stack }) };
}

/** What a worker's fault is here. */
export function errorOf({ code, detail, stack }: ThreadFault): AgentError {
  return new AgentError(code, detail, stack === undefined ? {} : { cause: Object.assign(new Error(), { stack }) });
}

/** The buffers of arrays that own all of theirs, each once. */
export function ownBuffers(arrays: readonly Uint8Array[]): readonly ArrayBuffer[] {
  const whole = arrays.filter((array) => array.byteLength === array.buffer.byteLength);
  return [...new Set(whole.map((array) => array.buffer as ArrayBuffer))];
}
