import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { schema, schemaVersion } from '#store/schema';
import type { StudyUid } from '#domain/uid';
import { manualClock } from '#test/support/manual-clock';

test('a database of the first release is brought up to date, and keeps what it holds', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'apical-schema-'));
  const old = new DatabaseSync(join(folder, 'ledger.sqlite'));
  old.exec(`${schema} pragma user_version = 1`);
  old.exec(`insert into documents values ('1.2', '1', 1, '{}')`);
  old.exec(`insert into deliveries values ('1.2', 'pacs', 'delivered', 1, null, 5)`);
  old.close();
  for (const _ of ['first', 'again']) {
    const database = openDatabase(folder);
    const ledger = createLedger(database, manualClock(), { ownsFolder: true });
    expect(await ledger.deliveries('1' as StudyUid)).toEqual([
      { document: '1.2', destination: 'pacs', state: 'delivered', attempts: 1, at: 5 },
    ]);
    expect(database.prepare('pragma user_version').get()).toEqual({ user_version: schemaVersion });
    ledger.close();
  }
  rmSync(folder, { recursive: true });
});
