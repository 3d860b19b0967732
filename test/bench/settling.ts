import { habits, play, summary, traces, type Policy } from '#test/support/arrival-traces';

// What waiting for a study's end costs: split studies and added delay, of fixed time-outs and of what the agent does,
// on the same simulated arrivals. `npm run bench:settling [-- seed]`; one JSON document.

const [seed = 'settling'] = process.argv.slice(2);
const known = { kind: 'known', quietPeriodMs: 10_000, quietMaxMs: 600_000, settleWithinMs: 7_200_000 } as const;
const policies: Readonly<Record<string, Policy>> = {
  'fixed 10 s': { kind: 'fixed', quietMs: 10_000 },
  'fixed 60 s': { kind: 'fixed', quietMs: 60_000 },
  'fixed 300 s': { kind: 'fixed', quietMs: 300_000 },
  'by what is known': known,
};
const all = traces(seed, 200);
const document = Object.fromEntries(
  Object.entries(policies).map(([name, policy]) => {
    const verdicts = play(all, policy);
    const of = Object.fromEntries(
      Object.keys(habits).map((sender) => [sender, summary(verdicts.filter((verdict) => verdict.sender === sender))]),
    );
    return [name, { all: summary(verdicts), ...of }];
  }),
);
process.stdout.write(`${JSON.stringify({ seed, policies: document }, undefined, 2)}\n`);
