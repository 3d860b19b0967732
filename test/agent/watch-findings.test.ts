import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { AgentEvent } from '#domain/event';
import { watchFindings } from '#src/watch-findings';

const folder = mkdtempSync(join(tmpdir(), 'apical-watch-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a file that is written or removed is read once it has settled; a wrong one is reported, and watching goes on', async () => {
  const events: AgentEvent[] = [];
  let read = Promise.withResolvers<void>();
  let wrong = false;
  const watching = watchFindings(
    folder,
    (event) => events.push(event),
    async () => {
      read.resolve();
      if (wrong) throw new Error('wrong');
    },
  );
  try {
    writeFileSync(join(folder, 'a.yaml'), 'a');
    writeFileSync(join(folder, 'a.yaml'), 'b');
    await read.promise;
    [wrong, read] = [true, Promise.withResolvers<void>()];
    writeFileSync(join(folder, 'a.yaml'), 'c');
    await read.promise;
    [wrong, read] = [false, Promise.withResolvers<void>()];
    rmSync(join(folder, 'a.yaml'));
    await read.promise;
    expect(events).toMatchObject([{ kind: 'unexpected', where: 'findings' }]);
  } finally {
    watching.close();
  }
});
