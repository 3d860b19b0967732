import { readdir } from 'node:fs/promises';
import type { CommandDefinition } from './command.ts';

const order = 'start demo send doctor replay export ask embed saliency tokenize'.split(' ');

/**
 * The commands, each a file of `commands/`, the everyday ones first; of a call that names one, that one alone: what others
 * need is not loaded.
 */
export async function catalogue(call: readonly string[] = []): Promise<readonly CommandDefinition[]> {
  const folder = new URL('./commands/', import.meta.url);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
  const called = [`${call[0]}-${call[1]}.ts`, `${call[0]}.ts`].find((name) => files.includes(name));
  const rank = (name: string): number => (order.indexOf(name.slice(0, -3)) + order.length + 1) % (order.length + 1);
  files.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const modules = await Promise.all(
    (called === undefined ? files : [called]).map(
      (name) => import(new URL(name, folder).href) as Promise<{ default: CommandDefinition }>,
    ),
  );
  return modules.map((module) => module.default);
}
