import type { Router } from '@koa/router';
import type { ModelIdentity } from '#domain/assessment';
import type { WatchReport } from '#domain/watching';
import type { Ledger } from '#src/ports/ledger';
import type { HealthDocument, ReadinessDocument, ReadyPart } from './api/about.ts';
import type { Metrics } from './metrics.ts';

interface HealthDoors {
  readonly ledger: Pick<Ledger, 'backlog'>;
  readonly metrics: Metrics;
  readonly readiness: () => Promise<readonly ReadyPart[]>;
  /** What the agent sees of itself. */
  readonly watch?: (() => Promise<WatchReport>) | undefined;
  readonly about: { readonly models: readonly ModelIdentity[] };
}

/** Adds what an orchestrator asks: whether the process lives, whether each part can work, and the numbers. */
export function addHealth(router: Router, { ledger, metrics, readiness, watch, about }: HealthDoors): void {
  router.get('/health', (context) => {
    context.body = { status: 'live' } satisfies HealthDocument;
  });
  router.get('/ready', async (context) => {
    const parts = await readiness();
    const ready = parts.every(({ ok }) => ok);
    context.status = ready ? 200 : 503;
    context.body = { ready, parts } satisfies ReadinessDocument;
  });
  router.get('/api/watch', async (context) => {
    context.body = (await watch?.()) ?? ({ scanners: [], shadows: [] } satisfies WatchReport);
  });
  router.get('/metrics', async (context) => {
    const seen = { report: await watch?.(), models: about.models };
    context.body = await metrics.text(await ledger.backlog(), seen);
    context.set('Content-Type', metrics.contentType);
  });
}
