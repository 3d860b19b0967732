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

/** Numbers first, then grades, then what is there or not; last the bounds of a number, which itself says more. */
export function inOrder(definitions: readonly FindingDefinition[]): readonly FindingDefinition[] {
  const place = ({ kind, id }: FindingDefinition): number => 2 * order.indexOf(kind) + Number(/-below-\d+$/.test(id));
  return definitions.toSorted((one, other) => place(one) - place(other));
}
