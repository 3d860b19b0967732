import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Instance } from '#domain/instance';
import { createCatalogue } from '#store/catalogue';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import type { Catalogue } from '#src/ports/archives';
import type { Ledger } from '#src/ports/ledger';
import { anInstance } from '#test/support/instances';
import { manualClock } from '#test/support/manual-clock';
import { admit } from '#test/support/receiving';

let folder: string;
let ledger: Ledger;
let catalogue: Catalogue;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'apical-catalogue-'));
  const database = openDatabase(folder);
  ledger = createLedger(database, manualClock(), { ownsFolder: true });
  catalogue = createCatalogue(database);
  const reported = anInstance('report');
  const report: Instance = { ...reported, facts: { ...reported.facts, modality: 'SR' } };
  for (const instance of [anInstance('a'), anInstance('b'), report, anInstance('c', { study: 'other' })])
    await admit(ledger, instance, { job: { kind: 'settle', study: instance.facts.study }, runAt: 0, priority: 1 });
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true });
});

test('a study found by one of its modalities is described as a whole', async () => {
  const [found, ...others] = await catalogue.studies({ modality: 'SR' });
  expect(others).toEqual([]);
  expect([...(found?.modalities ?? [])].toSorted()).toEqual(['SR', 'US']);
  expect(found?.instances).toBe(3);
});

test('instances are narrowed by whatever is given', async () => {
  expect(await catalogue.instances({ modality: 'US' })).toHaveLength(3);
  expect(await catalogue.instances({ modality: 'US', limit: 2, offset: 2 })).toHaveLength(1);
  expect(await catalogue.instances({ studyDateFrom: '20270101' })).toEqual([]);
});
