import { readFileSync } from 'node:fs';

/** Which release of this program runs: it stands in every document that it writes. */
export const release: { readonly name: string; readonly version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { name: string; version: string };
