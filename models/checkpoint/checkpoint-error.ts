/** A checkpoint that cannot be used, in one sentence that says what is wrong and what to do. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}
