import type { ScannerSeen, Sightings } from '#domain/sighting';
import type { ScannerReport, WatchReport } from '#domain/watching';
import type { Clock } from '#src/ports';
import { disagreementOf } from './disagreement.ts';
import { driftOf, embeddingDistance } from './drift.ts';

/** How many studies of a scanner make the two windows that are compared. */
export interface WatchSettings {
  readonly referenceStudies: number;
  readonly latestStudies: number;
}

/** Metrics and page may ask often; studies come slowly. */
const keptMs = 10_000;
/** Names come from outside: a bound on what is shown, and on the labels of metrics. */
const scannersMax = 16;
const shadowsMax = 500;

/** Looks at what studies looked like, and at what a second model said; only reads. */
export function createWatch(
  ledger: Sightings,
  { clock, settings }: { clock: Pick<Clock, 'now'>; settings: () => WatchSettings },
): { look(): Promise<WatchReport> } {
  const kept: { report?: Promise<WatchReport>; at: number } = { at: 0 };
  const look = async (): Promise<WatchReport> => {
    const seen = await ledger.scanners(scannersMax);
    const scanners: ScannerReport[] = [];
    for (const each of seen) scanners.push(await scannerReport(each, ledger, settings()));
    return { scanners, shadows: disagreementOf(await ledger.shadows(shadowsMax)) };
  };
  return {
    look() {
      const now = clock.now();
      if (kept.report && now - kept.at < keptMs) return kept.report;
      const report = look();
      report.catch(() => delete kept.report); // the next one looks again
      Object.assign(kept, { report, at: now });
      return report;
    },
  };
}

async function scannerReport(
  seen: ScannerSeen,
  ledger: Sightings,
  { referenceStudies, latestStudies }: WatchSettings,
): Promise<ScannerReport> {
  const latest = await ledger.sightings(seen, 'last', latestStudies);
  const refusals: Record<string, number> = {};
  for (const sighting of latest)
    for (const [because, count] of Object.entries(sighting.refusals))
      refusals[because] = (refusals[because] ?? 0) + count;
  const clips = latest.reduce((sum, sighting) => sum + sighting.clips, 0);
  const report = { ...seen, refusals, clips };
  if (seen.studies < referenceStudies + latestStudies) return { ...report, state: 'learning', measures: [] };
  const reference = await ledger.sightings(seen, 'first', referenceStudies);
  const measures = driftOf(reference, latest);
  const distance = embeddingDistance(reference, latest);
  return {
    ...report,
    state: measures.some(({ drifted }) => drifted) ? 'drifted' : 'steady',
    measures,
    ...(distance !== undefined && { embeddingDistance: distance }),
  };
}
