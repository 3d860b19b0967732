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
const { broken, bystander, ...numbers } = await fuzz({ ...wish, corpus, tell: say });
for (const [name, value] of Object.entries(numbers)) say(`${name}: ${Math.round(value)}`);
for (const [traffic, { objects, p50Ms, p95Ms, maxMs }] of Object.entries(bystander))
  say(
    `another study beside ${traffic} traffic: median ${p50Ms} ms, 95 of 100 within ${p95Ms} ms, longest ${maxMs} ms (${objects} objects)`,
  );
for (const fault of broken) say(`BROKEN: ${fault}`);
const isHeld = numbers.descriptorsGrown <= 0 && numbers.heapGrownMb < 32 && numbers.residentGrownMb < 128;
const isAsBefore = bystander.damaged.p50Ms <= 1.5 * bystander.sound.p50Ms + 10;
say(isHeld ? 'Memory and descriptors did not grow.' : 'BROKEN: memory or descriptors grew.');
say(isAsBefore ? 'Others were served as before.' : 'BROKEN: others waited longer.');
process.exitCode = broken.length === 0 && isHeld && isAsBefore ? 0 : 1;
