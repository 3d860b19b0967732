import { spawnSync } from 'node:child_process';
import { sharedPath } from './peers.ts';

/** What validators said. */
export interface Verdict {
  /** 0 where none complains. */
  readonly status: number | null;
  readonly output: string;
  /** Its lines that begin with FAIL. */
  readonly failures: readonly string[];
}

// PixelMed's makes garbage by the gigabyte: collectors with threads of their own cost both cores more than the plain one.
const plainCollector = '-XX:+UseSerialGC';

/** Holds results against their sources by every foreign validator: one call for many files, since PixelMed's takes 20 s of two cores to start. */
export function validate(sources: readonly string[], results: readonly string[]): Verdict {
  const { status, stdout } = spawnSync(sharedPath('tools', 'validate.sh'), [sources.join(','), ...results], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, JAVA_TOOL_OPTIONS: plainCollector },
  });
  return { status, output: stdout, failures: stdout.split('\n').filter((line) => line.startsWith('FAIL')) };
}
