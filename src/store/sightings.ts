import type { Shadow } from '#domain/shadow';
import type { ScannerSeen, Sighting, Sightings } from '#domain/sighting';
import type { Statements } from './statements.ts';

/** What studies looked like, and what a second model said of them. */
export function createSightings({ all }: Pick<Statements, 'all'>): Sightings {
  return {
    scanners: async (limit) => all('scanners', limit).map((row) => ({ ...row }) as unknown as ScannerSeen),
    sightings: async ({ scanner, site, model }, window, limit) =>
      all(window === 'first' ? 'firstSightings' : 'lastSightings', scanner, site, model, limit).map(
        (row) => JSON.parse(row['sighting'] as string) as Sighting,
      ),
    shadows: async (limit) => all('lastShadows', limit).map((row) => JSON.parse(row['shadow'] as string) as Shadow),
  };
}
