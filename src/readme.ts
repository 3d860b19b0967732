import { readFile, writeFile } from 'node:fs/promises';
import { withGeneratedSections } from './generated-sections.ts';

// `npm run docs`: writes what the README says of settings, faults and conformance anew from the code.
const readme = new URL('../README.md', import.meta.url);
await writeFile(readme, withGeneratedSections(await readFile(readme, 'utf8')));
