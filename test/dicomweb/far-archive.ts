import type { Context } from 'koa';
import type { AgentEvent } from '#domain/event';
import { createDicomWebRouter } from '#dicomweb/server/router';
import { createWebArchive, type WebArchiveSettings } from '#dicomweb/watched-archive';
import { createPoller, type Poller, type PollerDoors } from '#pipeline/polling/poller';
import { makeDicom, type Wanted } from '#test/support/make-dicom';
import { manualClock } from '#test/support/manual-clock';
import { createArchive, type TestArchive } from './archive.ts';
import { serve } from './serve.ts';

/** A poller and what it looks through: our own server, before which stands what makes its answers odd. */
export interface FarArchive {
  readonly remote: TestArchive;
  local: TestArchive;
  readonly server: Awaited<ReturnType<typeof serve>>;
  odd: (context: Context, next: () => Promise<unknown>) => Promise<unknown>;
  /** Paths that were asked for. */
  requests: string[];
  readonly events: AgentEvent[];
  readonly clock: ReturnType<typeof manualClock>;
  poller(settings?: Partial<WebArchiveSettings> & Partial<Pick<PollerDoors, 'receive' | 'ledger'>>): Poller;
  /** What has been taken. */
  held(): readonly string[];
  stop(): Promise<void>;
}

export const quiet = new AbortController().signal;

export async function createFarArchive(): Promise<FarArchive> {
  const remote = await createArchive();
  const router = createDicomWebRouter({
    ...remote,
    reader: { frames: () => Promise.reject(new Error()) },
    publish: () => {},
    limits: { resultsMax: 100, partsMax: 5 },
  });
  const clock = manualClock(Date.UTC(2026, 0, 6));
  const far: FarArchive = {
    remote,
    local: await createArchive(),
    server: await serve((app) => {
      app.use((context, next) => {
        far.requests.push(context.path.replace('/dicom-web', ''));
        return far.odd(context, next);
      });
      app.use(router.routes());
    }),
    odd: (_, next) => next(),
    requests: [],
    events: [],
    clock,
    poller({ receive = far.local.receive, ledger = far.local.ledger, ...settings } = {}) {
      const archive: WebArchiveSettings = {
        name: 'far',
        url: `${far.server.url}/dicom-web`,
        authorization: { kind: 'none' },
        timeoutMs: 2000,
        modalities: ['US'],
        lookbackDays: 7,
        pageSize: 2,
        ...settings,
      };
      return createPoller({
        archive: createWebArchive(archive, clock),
        ledger,
        receive,
        clock,
        publish: (event) => far.events.push(event),
      });
    },
    held: () => far.local.instances.map(({ facts }) => facts.sopInstance).toSorted(),
    async stop() {
      await far.server.stop();
      await remote.remove();
      await far.local.remove();
    },
  };
  return far;
}

/** Puts an object into an archive. */
export async function hold(
  archive: TestArchive,
  wanted: Omit<Wanted, 'series' | 'sopInstance'> & { series?: string; number: number },
): Promise<void> {
  const series = wanted.series ?? `${wanted.study}.1`;
  const reception = await archive.receive({ kind: 'stow-rs', address: 'test' });
  reception.sink.end(makeDicom({ ...wanted, series, sopInstance: `${series}.${wanted.number}`, frames: [1] }));
  await reception.keep();
}
