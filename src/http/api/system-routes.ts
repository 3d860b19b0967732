import type { Router } from '@koa/router';
import type { ModelIdentity } from '#domain/assessment';
import type { Job, JobKind } from '#domain/job';
import { AgentError } from '#domain/errors';
import type { WatchReport } from '#domain/watching';
import type { Desk } from '#src/ports/reading-desk';
import type { Ledger } from '#src/ports/ledger';
import type { Tally } from '#http/tally';
import { isoTime } from './listing.ts';
import type { BacklogShown, DestinationShown, SetAsideShown, SystemDocument, SystemFacts } from './system.ts';

export interface SystemDoors {
  readonly ledger: Pick<Ledger, 'backlog' | 'setAside' | 'deliveriesByState'>;
  readonly models: readonly ModelIdentity[];
  readonly tally: Tally;
  readonly system: () => Promise<SystemFacts>;
  readonly watch?: (() => Promise<WatchReport>) | undefined;
  readonly desk: Pick<Desk, 'retry'>;
}

const setAsideMax = 200;

/** Adds how the agent stands, and the second try of what was set aside: one by one, or all. */
export function addSystem(router: Router, doors: SystemDoors): void {
  router.get('/api/system', async (context) => {
    context.body = await systemDocument(doors);
  });
  router.post('/api/set-aside/:id/retry', async (context) => {
    const id = Number(context.params['id']);
    if (!Number.isSafeInteger(id)) throw new AgentError('REQUEST_INVALID', 'A job has a number.');
    context.body = { retried: await doors.desk.retry(id) };
  });
  router.post('/api/administration/set-aside/retry', async (context) => {
    context.body = { retried: await doors.desk.retry('all') };
  });
}

async function systemDocument({ ledger, models, tally, system, watch }: SystemDoors): Promise<SystemDocument> {
  const { destinations, auditRepository: repository, ...facts } = await system();
  return {
    ...facts,
    destinations: destinationsOf(destinations, await ledger.deliveriesByState()),
    backlog: backlogOf(await ledger.backlog()),
    models,
    ...(repository !== undefined && { audit: { repository, ...tally.audit() } }),
    watch: (await watch?.()) ?? { scanners: [], shadows: [] },
    since: isoTime(tally.since),
    refusals: tally.refusals(),
    ineligible: tally.ineligible(),
    setAside: (await ledger.setAside(setAsideMax)).map(({ id, job, attempts, fault }): SetAsideShown => ({
      id,
      kind: job.kind,
      study: job.study ?? '',
      ...destinationOf(job),
      attempts,
      fault,
    })),
  };
}

function destinationOf(job: Job): { readonly destination?: string } {
  if (job.kind === 'write-back') return { destination: job.destination };
  return job.kind === 'worklist' ? { destination: job.worklist } : {};
}

function destinationsOf(
  set: SystemFacts['destinations'],
  deliveries: Awaited<ReturnType<Ledger['deliveriesByState']>>,
): readonly DestinationShown[] {
  const names = new Set([...set.map(({ name }) => name), ...deliveries.map(({ destination }) => destination)]);
  return [...names].map((name) => {
    const counts = { waiting: 0, delivered: 0, withheld: 0, dead: 0 };
    for (const { destination, state, count } of deliveries) if (destination === name) counts[state] = count;
    const kind = set.find((one) => one.name === name)?.kind;
    return { name, ...(kind !== undefined && { kind }), counts };
  });
}

function backlogOf(backlog: Awaited<ReturnType<Ledger['backlog']>>): readonly BacklogShown[] {
  const kinds: readonly JobKind[] = [
    'glance',
    'look',
    'settle',
    'assess',
    'compose',
    'write-back',
    'worklist',
    'commit',
    'shadow',
  ];
  return kinds.map((kind) => {
    const of = (state: string) => backlog.find((one) => one.kind === kind && one.state === state)?.count ?? 0;
    return { kind, waiting: of('waiting'), running: of('running'), setAside: of('set-aside') };
  });
}
