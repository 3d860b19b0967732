import { createHash, type Hash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Answer, Question } from './writer.ts';

// Writes and digests what others receive, one buffer after the other: they have no time for it.
const growing = new Map<number, Hash>();

parentPort?.on('message', (question: Question) => {
  const { memory } = question;
  const answer = { memory, ...answered(question) } satisfies Answer;
  parentPort?.postMessage(answer, [memory]);
});

function answered({ object, descriptor, memory, length, isLast }: Question): Pick<Answer, 'sha256' | 'fault'> {
  const bytes = new Uint8Array(memory, 0, length);
  const hash = growing.get(object) ?? createHash('sha256');
  growing.delete(object);
  try {
    for (let at = 0; at < length;) at += writeSync(descriptor, bytes, at);
  } catch (thrown) {
    return { fault: (thrown as NodeJS.ErrnoException).code ?? 'unknown' };
  }
  hash.update(bytes);
  if (isLast) return { sha256: hash.digest('hex') };
  growing.set(object, hash);
  return {};
}
