import { readdir } from 'node:fs/promises';
import type { FindingDefinition } from '#domain/finding';

const order: readonly FindingDefinition['kind'][] = ['measurement', 'grade', 'presence'];

/** Every finding of the folder: numbers first, then grades, then what is there or not. */
export async function loadFindings(): Promise<readonly FindingDefinition[]> {
  const files = (await readdir(new URL('./findings/', import.meta.url))).filter((file) => file.endsWith('.ts'));
  const loaded = await Promise.all(
    files.sort().map(async (file) => (await import(`./findings/${file}`)) as { default: FindingDefinition }),
  );
  return loaded
    .map((module) => module.default)
    .sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
}
