import { readdir } from 'node:fs/promises';
import type { CommandDefinition } from './command.ts';

const order = 'start demo send doctor replay export ask embed saliency tokenize'.split(' ');

/** Every file of `commands/`, the everyday ones first. */
export async function catalogue(): Promise<readonly CommandDefinition[]> {
  const folder = new URL('./commands/', import.meta.url);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
  const rank = (name: string): number => (order.indexOf(name.slice(0, -3)) + order.length + 1) % (order.length + 1);
  files.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const modules = await Promise.all(
    files.map((name) => import(new URL(name, folder).href) as Promise<{ default: CommandDefinition }>),
  );
  return modules.map((module) => module.default);
}
