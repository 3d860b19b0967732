import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';

// npm run fuzz -- --files 10000 --associations 2000 --seed 1
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    associations: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
  },
});
const say = (line: string) => void process.stdout.write(`${line}\n`);
const corpus = join(import.meta.dirname, '..', '..', '..', 'shared', 'corpus');
const wish = { files: Number(values.files), associations: Number(values.associations), seed: Number(values.seed) };
const { broken, ...outcome } = await fuzz({ ...wish, corpus, tell: say });
for (const [name, value] of Object.entries(outcome)) say(`${name}: ${Math.round(value)}`);
for (const fault of broken) say(`BROKEN: ${fault}`);
process.exitCode = broken.length === 0 && outcome.descriptorsGrown <= 0 ? 0 : 1;
