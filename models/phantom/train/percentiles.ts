import { readFileSync, writeFileSync } from 'node:fs';
import type { Calibration } from '#models/calibration';

// Takes the percentiles of a calibration that `apical evaluate` wrote into another, whose thresholds stay as they are.
// Usage: percentiles.ts FROM.json INTO.json

const [from, into] = process.argv.slice(2).map((path) => ({
  path,
  calibration: JSON.parse(readFileSync(path, 'utf8')) as Calibration,
})) as [Read, Read];
if (from.calibration.checkpoint !== into.calibration.checkpoint)
  throw new Error('The two calibrations are of different checkpoints.');

const { findings, ...about } = into.calibration;
// A finding that has none there is one that these weights cannot tell.
const ranked = Object.entries(findings).map(([id, known]) => {
  const learnt = from.calibration.findings[id];
  return [id, learnt && 'percentiles' in learnt ? { ...known, percentiles: learnt.percentiles } : known] as const;
});
const [origin] = about.origin.split(';');
const calibration = {
  ...about,
  origin: `${origin}; percentiles of ${from.calibration.cases} others`,
  findings: Object.fromEntries(ranked),
};
writeFileSync(into.path, `${JSON.stringify(calibration, undefined, 2)}\n`);

interface Read {
  readonly path: string;
  readonly calibration: Calibration;
}
