import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Sighting } from '#domain/sighting';
import type { StudyUid } from '#domain/uid';
import type { Ledger } from '#src/ports/ledger';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { manualClock } from '#test/support/manual-clock';

let folder: string;
let ledger: Ledger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'apical-sightings-'));
  ledger = createLedger(openDatabase(folder), manualClock(), { ownsFolder: true });
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true });
});

function seen(study: number, at: number, changes: Partial<Sighting> = {}): Sighting {
  const of = { scanner: 'Maker Model', site: 'Hospital', model: 'd1', refusals: { still: 1 }, clips: 2 };
  return { study: `1.2.${study}` as StudyUid, at, measures: { 'view score': study }, ...of, ...changes };
}

const keep = (...sightings: readonly Sighting[]) =>
  ledger.record({ facts: sightings.map((sighting) => ({ kind: 'sighted', sighting })), next: [] });

test('the first and the last studies of a scanner are given, and a study assessed again counts once', async () => {
  await keep(...[1, 2, 3, 4].map((study) => seen(study, 10 * study)));
  await keep(seen(2, 20, { measures: { 'view score': 99 } }));
  await keep(seen(9, 5, { scanner: 'Other' }), seen(8, 6, { model: 'd2' }));
  const [newest, ...others] = await ledger.scanners(10);
  expect(newest).toEqual({ scanner: 'Maker Model', site: 'Hospital', model: 'd1', studies: 4, lastAt: 40 });
  expect(others.map(({ scanner, model }) => `${scanner} ${model}`)).toEqual(['Maker Model d2', 'Other d1']);
  const scores = async (window: 'first' | 'last') =>
    (await ledger.sightings(newest!, window, 2)).map(({ measures }) => measures['view score']);
  expect([await scores('first'), await scores('last')]).toEqual([
    [1, 99],
    [4, 3],
  ]);
});
