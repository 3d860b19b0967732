import { parseArgs } from 'node:util';
import { killRounds } from './rounds.ts';
import { hasStorescu } from './sending.ts';
import { startUpLimitMs, summarizeStarts } from './start-up.ts';

// npm run test:kill -- --rounds 200 [--json]
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, json: { type: 'boolean', default: false } },
});
const say = (line: string) => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
const outcome = await killRounds({ rounds: Number(values.rounds), withStorescu: hasStorescu(), tell: say });
const { rounds, acknowledged, studies, documents, deliveredAgain } = outcome;
const startUp = summarizeStarts(outcome.startMs);
const late = startUp.overLimit > 0 ? [`${startUp.overLimit} start-ups took longer than ${startUpLimitMs} ms`] : [];
const broken = [...outcome.broken, ...late];
say(
  `${rounds} kills; ${acknowledged} objects acknowledged; ${studies} studies, ${documents} documents, ${deliveredAgain} of them delivered again with the same bytes`,
);
say(
  `start-up after a kill, to the first association: median ${startUp.p50Ms} ms, 95 of 100 within ${startUp.p95Ms} ms, longest ${startUp.maxMs} ms`,
);
const cpu = summarizeStarts(outcome.startCpuMs);
say(`of that, processor time: median ${cpu.p50Ms} ms, 95 of 100 within ${cpu.p95Ms} ms, longest ${cpu.maxMs} ms`);
for (const fault of broken) say(`BROKEN: ${fault}`);
say(broken.length === 0 ? 'Every promise was kept.' : `${broken.length} promises were broken.`);
if (values.json) process.stdout.write(`${JSON.stringify({ ...outcome, broken, startUp, startUpCpu: cpu })}\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
