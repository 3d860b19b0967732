import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { schema } from '#config/schema';
import { generatedSections, withGeneratedSections } from '#src/generated-sections';
import { catalogue } from '#cli/catalogue';

const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');

test('the generated parts of the README are those of the code (npm run docs)', () => {
  expect(withGeneratedSections(readme)).toBe(readme);
  for (const name of Object.keys(generatedSections())) expect(readme).toContain(`<!-- begin ${name} -->`);
});

test('every configuration shown in the README is a valid one', () => {
  const shown = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => parse(text ?? '') as unknown);
  expect(shown.length).toBeGreaterThan(0);
  for (const configuration of shown) expect(schema.safeParse(configuration).error).toBeUndefined();
});

test('the README names every command', async () => {
  for (const { usage } of await catalogue()) expect(readme).toContain(`apical ${usage.split(/ [<[]/)[0]}`);
});
