import { AgentError } from '#domain/errors';

/** A checkpoint that cannot be used: the detail says in one sentence what is wrong and what to do. */
export class CheckpointError extends AgentError {
  constructor(detail: string, options?: { cause?: unknown }) {
    super('MODEL_UNFIT', detail, options);
    this.name = 'CheckpointError';
  }
}
