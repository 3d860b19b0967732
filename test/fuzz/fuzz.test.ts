import { expect, test } from '@jest/globals';
import { sharedPath } from '#test/support/peers';
import { fuzz } from './fuzz.ts';

// The same at length: npm run fuzz
test('damaged files and associations crash nothing, hang nothing, leave nothing open, and cost other studies nothing', async () => {
  const outcome = await fuzz({ files: 1000, associations: 200, seed: 7, corpus: sharedPath('corpus'), secondsMax: 60 });
  expect(outcome.broken).toEqual([]);
  expect(outcome.descriptorsGrown).toBeLessThanOrEqual(0);
  expect(outcome.files).toBeGreaterThan(50);
  expect(outcome.associations).toBeGreaterThan(50);
  expect(outcome.refused).toBeGreaterThan(0);
  expect(outcome.heapGrownMb).toBeLessThan(32);
  const { sound, damaged } = outcome.bystander; // the long run tells the figures; here only a standstill is told
  expect(damaged.objects).toBeGreaterThan(10);
  expect(damaged.p50Ms).toBeLessThan(3 * sound.p50Ms + 100);
}, 150_000);
