import { parseArgs } from 'node:util';
import { killRounds } from './rounds.ts';
import { hasStorescu } from './sending.ts';

// npm run test:kill -- --rounds 200
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200' } } });
const say = (line: string) => void process.stdout.write(`${line}\n`);
const outcome = await killRounds({ rounds: Number(values.rounds), withStorescu: hasStorescu(), tell: say });
const { rounds, acknowledged, studies, documents, deliveredAgain, broken } = outcome;
const startMs = [...outcome.startMs].sort((a, b) => a - b);
say(
  `${rounds} kills; ${acknowledged} objects acknowledged; ${studies} studies, ${documents} documents, ${deliveredAgain} of them delivered again with the same bytes`,
);
say(`start-up: median ${startMs[Math.floor(startMs.length / 2)]} ms, longest ${startMs.at(-1)} ms`);
for (const fault of broken) say(`BROKEN: ${fault}`);
say(broken.length === 0 ? 'Every promise was kept.' : `${broken.length} promises were broken.`);
process.exitCode = broken.length === 0 ? 0 : 1;
