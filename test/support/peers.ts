import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '@jest/globals';

// Foreign peers judge us: programs from Debian's packages, and the reference data beside the checkout. Where one
// is missing a developer's run says so and goes on; with APICAL_PEERS=required (continuous integration) it fails.
/** True in continuous integration: a peer that is missing is a failure there. */
export const isRequired = process.env['APICAL_PEERS'] === 'required';
const shared = join(import.meta.dirname, '..', '..', '..', 'shared');

/** A path in the folder of reference data beside the checkout, whether or not it exists. */
export function sharedPath(...parts: readonly string[]): string {
  return join(shared, ...parts);
}

/** True where the program is on the PATH. */
export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

/** `test`, run only where every need (a program's name, or a path below the shared folder beginning with `shared:`) is met. */
export function testWith(
  needs: readonly string[],
  name: string,
  body: () => Promise<void> | void,
  timeoutMs?: number,
): void {
  const missing = needs.filter((need) =>
    need.startsWith('shared:') ? !existsSync(sharedPath(need.slice('shared:'.length))) : !hasProgram(need),
  );
  if (missing.length === 0) return test(name, body, timeoutMs);
  if (!isRequired) return test.skip(`${name} [skipped: no ${missing.join(', ')} here]`, body);
  test(name, () => {
    throw new Error(`missing here, but APICAL_PEERS=required: ${missing.join(', ')}`);
  });
}
