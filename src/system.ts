import { statfs } from 'node:fs/promises';
import type { Configuration } from '#config/schema';
import type { SystemFacts } from '#http/api/system';
import type { Parts } from './parts.ts';
import { quarantined } from './quarantine.ts';
import type { ConfigurationState } from './watch-configuration.ts';

/** How the agent stands, beyond what the ledger knows: for the page's system view. */
export async function systemOf(
  { dataFolder, limits, destinations, archives, audit }: Configuration,
  { agent }: Parts,
  { refused, needRestart }: ConfigurationState,
): Promise<SystemFacts> {
  const { bavail, bsize } = await statfs(dataFolder);
  return {
    quarantined: [...(await quarantined(dataFolder))].map(([code, count]) => ({ code, count })),
    disk: { freeBytes: bavail * bsize, neededBytes: limits.freeBytesMin },
    configuration: { needRestart, ...(refused !== undefined && { refused }) },
    archives: archives.map(({ name }) => name),
    worklists: agent.worklists.map(({ name }) => name),
    destinations: destinations.map(({ name, kind }) => ({ name, kind })),
    ...(audit && { auditRepository: `${audit.host}:${audit.port}` }),
  };
}
