import { parentPort } from 'node:worker_threads';
import { asAgentError, type FaultCode } from '#domain/errors';

/** What goes back from a worker of a pool. */
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
  parentPort?.on('message', (question: Question) => {
    void answer(question).then(
      ({ value, transfer }) => parentPort?.postMessage({ value } satisfies Answer, transfer),
      (thrown: unknown) => {
        parentPort?.postMessage({ fault: faultOf(thrown) } satisfies Answer);
      },
    );
  });
}

function faultOf(thrown: unknown): ThreadFault {
  if ((thrown as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return { code: 'FILE_MISSING', detail: '' };
  const { code, detail, cause } = asAgentError(thrown);
  return { code, detail, ...(code === 'UNEXPECTED' && cause instanceof Error && { stack: cause.stack }) };
}

/** The buffers of arrays that own all of theirs, each once. */
export function ownBuffers(arrays: readonly Uint8Array[]): readonly ArrayBuffer[] {
  const whole = arrays.filter((array) => array.byteLength === array.buffer.byteLength);
  return [...new Set(whole.map((array) => array.buffer as ArrayBuffer))];
}
