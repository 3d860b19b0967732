import { afterEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentError } from '#domain/errors';
import { WorkerPool } from '#src/threads/worker-pool';

let pool: WorkerPool<string>;
afterEach(() => pool.close());

function open({ idleMs, timeLimitMs = 60_000 }: { idleMs?: number; timeLimitMs?: number } = {}): WorkerPool<string> {
  pool = new WorkerPool(
    { workers: 1, timeLimitMs, memoryLimitMb: 64 },
    {
      module: new URL('./worker.ts', import.meta.url),
      killed: (question, why) => new AgentError('TOO_BUSY', `${question}: ${why}`),
      ...(idleMs !== undefined && { idleMs }),
    },
  );
  return pool;
}

test('a fault comes back by its code, an unknown one with the place where it arose', async () => {
  open();
  await expect(pool.ask('known')).rejects.toMatchObject({ code: 'PIXELS_UNDECODABLE', detail: 'frame 3' });
  const unknown = await pool.ask('unknown').catch((thrown: unknown) => thrown as AgentError);
  expect(unknown).toMatchObject({ code: 'UNEXPECTED' });
  expect(((unknown as AgentError).cause as Error).stack).toMatch(/at .*threads\/worker\.ts/);
});

test('one that takes too long is killed, and the next question has a new worker', async () => {
  open({ timeLimitMs: 3_000 });
  const before = await pool.ask('who');
  await expect(pool.ask('for ever')).rejects.toMatchObject({
    code: 'TOO_BUSY',
    detail: expect.stringContaining('3000'),
  });
  expect(await pool.ask('who')).not.toBe(before);
});

test('a worker that nobody asks ends, and another begins when somebody does', async () => {
  open({ idleMs: 1 });
  const first = await pool.ask('who');
  let then = first;
  while (then === first) {
    await sleep(20);
    then = await pool.ask('who');
  }
  expect(then).not.toBe(first);
});
