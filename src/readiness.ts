import { statfs } from 'node:fs/promises';
import type { Configuration } from '#config/schema';
import type { Parts } from './parts.ts';
import type { ConfigurationState } from './watch-configuration.ts';

/** One part of the agent and whether it can do its work now. */
export interface Readiness {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

/** Whether a study that came now would be kept and assessed. */
export async function readinessOf(
  { dataFolder, limits }: Configuration,
  { agent }: Parts,
  { refused, needRestart }: ConfigurationState,
): Promise<readonly Readiness[]> {
  const { bavail, bsize } = await statfs(dataFolder);
  const free = bavail * bsize;
  const setAside = (await agent.ledger.backlog())
    .filter(({ state }) => state === 'set-aside')
    .reduce((sum, { count }) => sum + count, 0);
  return [
    { name: 'storage', ok: free >= limits.freeBytesMin, detail: `${Math.floor(free / 2 ** 20)} MB free` },
    { name: 'ledger', ok: true, detail: `${setAside} jobs set aside for a person` },
    { name: 'findings', ok: true, detail: `${agent.findings.identity.id} on ${agent.findings.identity.provider}` },
    { name: 'configuration', ok: true, detail: refused ?? waiting(needRestart) },
    { name: 'views', ok: true, detail: `${agent.views.identity.id} on ${agent.views.identity.provider}` },
  ];
}

function waiting(needRestart: readonly string[]): string {
  return needRestart.length === 0 ? 'as the file says' : `wait for a restart: ${needRestart.join(', ')}`;
}
