import { threadId } from 'node:worker_threads';
import { AgentError } from '#domain/errors';
import { answerQuestions } from '#src/threads/answering';

/** A worker that tells who it is, or fails as it is asked to. */
answerQuestions(async (question: 'who' | 'known' | 'unknown' | 'for ever') => {
  if (question === 'known') throw new AgentError('PIXELS_UNDECODABLE', 'frame 3');
  if (question === 'unknown') throw new TypeError('with a value in it');
  if (question === 'for ever') for (;;);
  return { value: threadId };
});
