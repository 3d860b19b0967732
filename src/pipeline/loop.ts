import type { JobKind } from '#domain/job';
import type { Agent } from './agent.ts';
import { tell, type Patience } from './runner.ts';

/** A lane works on some kinds of job, so many at a time; the order of the kinds is their urgency. */
export interface Lane {
  readonly kinds: readonly JobKind[];
  readonly width: number;
}

/**
 * A slow destination never holds up an assessment, an assessment never holds up a delivery, and neither an early look. A
 * processor gains nothing by several assessments at once; an accelerator runs their frames together.
 */
export function lanesOf(provider: string): readonly Lane[] {
  return [
    { kinds: ['glance', 'look'], width: 1 },
    { kinds: ['worklist'], width: 4 },
    { kinds: ['commit'], width: 2 },
    { kinds: ['settle'], width: 1 },
    { kinds: ['compose', 'assess'], width: provider === 'cpu' ? 1 : 4 },
    { kinds: ['write-back'], width: 8 }, // of one destination two (store/sql.ts), so that four may hang
    { kinds: ['shadow'], width: 1 },
  ];
}

/** Jobs that are due at a time are looked for this often; others are heard of. */
const idleMs = 100;

/** The only loop: every lane claims what is due, as much as it is wide, and tells it, until stopped. Resolves once nothing is being told. */
export async function runLanes(
  agent: Agent,
  { patience, stop }: { patience: Patience; stop: AbortSignal },
): Promise<void> {
  const work = async ({ kinds, width }: Lane): Promise<void> => {
    const under = new Set<Promise<void>>();
    while (!stop.aborted) {
      if (under.size >= width) await Promise.race(under);
      const claimed = await agent.ledger.claim(kinds, patience.leaseMs);
      if (claimed) {
        const telling = tell(claimed, agent, { patience, stop }).finally(() => under.delete(telling));
        under.add(telling);
      } else await somethingDue(kinds, agent, stop);
    }
    await Promise.all(under);
  };
  await Promise.all(lanesOf(agent.findings.identity.provider).map(work));
}

function somethingDue(kinds: readonly JobKind[], { clock, ledger }: Agent, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = (): void => {
      forget();
      over.abort();
      stop.removeEventListener('abort', end);
      resolve();
    };
    const forget = ledger.onStir(kinds, end);
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();
    void clock.sleep(idleMs, over.signal).then(end);
  });
}
