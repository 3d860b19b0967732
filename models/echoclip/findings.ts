import { readdir } from 'node:fs/promises';
import type { FindingDefinition } from '#domain/finding';

const order: readonly FindingDefinition['kind'][] = ['measurement', 'grade', 'presence'];

/** Every finding of the folder. */
export async function loadFindings(): Promise<readonly FindingDefinition[]> {
  const files = (await readdir(new URL('./findings/', import.meta.url))).filter((file) => file.endsWith('.ts'));
  const loaded = await Promise.all(
    files.sort().map(async (file) => (await import(`./findings/${file}`)) as { default: FindingDefinition }),
  );
  return inOrder(loaded.map((module) => module.default));
}

/** Numbers first, then grades, then what is there or not. */
export function inOrder(definitions: readonly FindingDefinition[]): readonly FindingDefinition[] {
  return definitions.toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
}
