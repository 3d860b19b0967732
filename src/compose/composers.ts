import { AgentError } from '#domain/errors';
import type { ComposedDocument, Composer } from '#src/ports';
import { ownBuffers } from '#src/threads/answering';
import { WorkerPool, type PoolSettings } from '#src/threads/worker-pool';
import { disclosed, type Handed, type Question } from './protocol.ts';

/** Composers by their settings, in a worker thread that ends when there is nothing to compose. */
export interface Composers {
  of(settings: Handed): Composer;
  close(): Promise<void>;
}

const idleMs = 30_000;

/** The frames of a composition's overlays are handed over: whoever asked has them no more. */
export function openComposers(limits: Omit<PoolSettings, 'workers'>): Composers {
  const pool = new WorkerPool<Question>(
    { ...limits, workers: 1 },
    { module: new URL('./worker.ts', import.meta.url), killed, idleMs },
  );
  return {
    of: (settings) => ({
      async compose(composition) {
        const transfer = ownBuffers(composition.overlays.flatMap(({ frames }) => frames.pixels));
        const question = { settings, composition: disclosed(composition) };
        return (await pool.ask(question, { transfer })) as readonly ComposedDocument[];
      },
    }),
    close: () => pool.close(),
  };
}

function killed(_: Question, why: string): AgentError {
  return new AgentError('TOO_BUSY', `Composing was stopped: ${why}.`);
}
