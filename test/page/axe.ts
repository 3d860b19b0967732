import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds serious or critical; contrast, its longest task, is that of the theme in every language. Run in a world of its own: the page's policy lets no foreign script in. */
export async function judged(
  page: Page,
  where: string,
  { contrast }: { contrast: boolean },
): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (enabled) => (globalThis as unknown as { axe: Axe }).axe.run({ rules: { 'color-contrast': { enabled } } }),
    contrast,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${where}: ${id} ${target.join(' ')}`));
}

interface Axe {
  run(options: object): Promise<AxeResults>;
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly target: readonly string[] }[];
  }[];
}
