import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { startListening, type Listening } from './listening.ts';

/** Listeners and folders that are gone after each test; `stops` is what is left to be done then. */
export function perTest() {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });
  return {
    stops,
    async listening(...given: Parameters<typeof startListening>): Promise<Listening> {
      const started = await startListening(...given);
      stops.push(() => started.stop());
      return started;
    },
    async temporaryFolder(): Promise<string> {
      const folder = await mkdtemp(join(tmpdir(), 'scp-'));
      stops.push(() => rm(folder, { recursive: true, force: true }));
      return folder;
    },
  };
}
