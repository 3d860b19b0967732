import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Before the first suite: a folder for what suites share, of this run only, so that nothing in it can be out of date. */
export default function runFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'apical-run-'));
  process.env.APICAL_TEST_RUN = folder; // the workers inherit it
  globalThis.removeRunFolder = () => rmSync(folder, { recursive: true, force: true });
}
