import type { Configuration } from '#config/schema';
import type { Clock } from './ports.ts';
import { release } from './release.ts';
import type { Traces } from './traces.ts';

/** Traces where they are wanted; what makes them is not even loaded where they are not. */
export async function tracesOf(
  { traces: { url } }: Configuration,
  doors: { clock: Clock; failed: (error: string) => void },
): Promise<Traces | undefined> {
  if (url === undefined) return undefined;
  const { openTraces } = await import('./traces.ts');
  return openTraces({ url }, { ...doors, version: release.version });
}
