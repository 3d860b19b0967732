import { expect, test } from '@jest/globals';
import { sharedPath } from '#test/support/peers';
import { fuzz } from './fuzz.ts';

// The same at length: npm run fuzz
test('damaged files and associations crash nothing, hang nothing, and leave nothing open', async () => {
  const outcome = await fuzz({ files: 1000, associations: 200, seed: 7, corpus: sharedPath('corpus'), secondsMax: 60 });
  expect(outcome.broken).toEqual([]);
  expect(outcome.descriptorsGrown).toBeLessThanOrEqual(0);
  expect(outcome.files).toBeGreaterThan(50);
  expect(outcome.associations).toBeGreaterThan(50);
  expect(outcome.refused).toBeGreaterThan(0);
}, 150_000);
