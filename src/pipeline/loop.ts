import type { JobKind } from '#domain/job';
import type { Agent } from './agent.ts';
import { tell, type Patience } from './runner.ts';

/** A lane works on some kinds of job, so many at a time; the order of the kinds is their urgency. */
export interface Lane {
  readonly kinds: readonly JobKind[];
  readonly width: number;
}

/** A slow destination never holds up an assessment, an assessment never holds up a delivery, and neither an early look. */
export const lanes: readonly Lane[] = [
  { kinds: ['look'], width: 1 },
  { kinds: ['worklist'], width: 4 },
  { kinds: ['commit'], width: 2 },
  { kinds: ['settle'], width: 1 },
  { kinds: ['compose', 'assess'], width: 1 },
  { kinds: ['write-back'], width: 8 }, // of one destination two (store/sql.ts), so that four may hang
  { kinds: ['shadow'], width: 1 },
];

const idleMs = 100;

/** The only loop: every lane claims what is due and tells it, until stopped. Resolves once nothing is being told. */
export async function runLanes(
  agent: Agent,
  { patience, stop }: { patience: Patience; stop: AbortSignal },
): Promise<void> {
  const work = async ({ kinds }: Lane): Promise<void> => {
    while (!stop.aborted) {
      const claimed = await agent.ledger.claim(kinds, patience.leaseMs);
      if (claimed) await tell(claimed, agent, { patience, stop });
      else await agent.clock.sleep(idleMs, stop);
    }
  };
  await Promise.all(lanes.flatMap((lane) => Array.from({ length: lane.width }, () => work(lane))));
}
