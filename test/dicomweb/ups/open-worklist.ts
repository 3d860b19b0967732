import { afterAll, beforeAll, expect } from '@jest/globals';
import { leastStep, send, serveWorklist, toState, type ServedWorklist } from './served.ts';

/** Serves a worklist for a file of tests, and does what most of them begin with. */
export function openWorklist() {
  const now: { served?: ServedWorklist; number: number } = { number: 0 };
  beforeAll(async () => void (now.served = await serveWorklist()));
  afterAll(() => now.served?.stop());
  const newUid = () => `1.2.${(now.number += 1)}`;
  const at = (path: string) => `${now.served!.service}/workitems${path}`;
  const step = async (uid: string) => (await (await send(at(`/${uid}`), 'GET')).json()) as Record<string, any>;

  async function created(more: object = {}, uid = newUid()): Promise<string> {
    const answer = await send(at(`?${uid}`), 'POST', { ...leastStep, ...more });
    expect(answer.status).toBe(201);
    return uid;
  }
  return {
    get served() {
      return now.served!;
    },
    newUid,
    at,
    step,
    created,
    stateOf: async (uid: string) => (await step(uid))['00741000'].Value[0],
    /** A step that somebody has claimed. */
    async begun(transaction = '2.25.1'): Promise<string> {
      const uid = await created();
      expect((await send(at(`/${uid}/state`), 'PUT', toState('IN PROGRESS', transaction))).status).toBe(200);
      return uid;
    },
    warningOf: (answer: Response) => answer.headers.get('Warning'),
    /** The header as the standard forms it. */
    warned: (sentence: string) => `299 ${now.served!.service}: ${sentence}`,
  };
}
