import { expect, test } from '@jest/globals';
import { killRounds } from './rounds.ts';
import { hasStorescu } from './sending.ts';

// The same at length: npm run test:kill -- --rounds 200
test('whenever the process is killed, what was acknowledged is there, and every study ends with one set of results', async () => {
  const outcome = await killRounds({ rounds: 20, secondsMax: 100, withStorescu: hasStorescu() });
  expect(outcome.broken).toEqual([]);
  expect(outcome.rounds).toBeGreaterThan(3);
  expect(outcome.acknowledged).toBe(outcome.rounds * 10);
  expect(outcome.documents).toBeGreaterThanOrEqual(2 * outcome.studies);
}, 360_000);
