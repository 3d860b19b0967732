import { createDicomWebRouter } from '#dicomweb/server/router';
import type { AgentEvent } from '#domain/event';
import { createEventHub, type EventHub } from '#http/events';
import { createMetrics } from '#http/metrics';
import { createHttpService, type HttpDoors } from '#http/service';
import { createTally } from '#http/tally';
import type { StudyUid } from '#domain/uid';
import { manualClock } from '#test/support/manual-clock';
import { deskOver } from './sample-desk.ts';
import { createDrawing } from './drawing.ts';
import { phantomModel, type Sample, studies, viewModel } from './sample.ts';

/** The HTTP service over a sample, with the archive under /dicom-web, on a free port. */
export interface Started {
  /** Without a trailing slash. */
  readonly url: string;
  readonly events: AgentEvent[];
  readonly hub: EventHub;
  publish(event: AgentEvent): void;
  close(): Promise<void>;
}

export const serviceSettings: HttpDoors['settings'] = {
  host: '127.0.0.1',
  port: 0,
  allowedOrigins: ['https://viewer.example'],
  allowedHosts: ['apical.hospital.example'],
  requestBytesMax: 1_000_000,
  connectionsMax: 64,
  headersMs: 15_000,
  requestMs: 60_000,
};

export async function startService(sample: Sample, changes: Partial<HttpDoors> = {}): Promise<Started> {
  const metrics = createMetrics();
  const hub = createEventHub({ heartbeatMs: 20 });
  const tally = createTally(0);
  const events: AgentEvent[] = [];
  const publish = (event: AgentEvent) => {
    events.push(event);
    metrics.record(event);
    tally.record(event);
    hub.publish(event);
  };
  const { archive } = sample;
  const draw = createDrawing();
  const dicomWeb = createDicomWebRouter({
    ...archive,
    reader: { frames: async (path, indices) => draw(isResult(path, sample), indices) },
    publish,
    limits: { resultsMax: 100, partsMax: 10 },
    origins: ['https://viewer.example'],
  });
  const service = createHttpService({
    settings: serviceSettings,
    ledger: ledgerOver(sample),
    clock: manualClock(),
    publish,
    routers: [dicomWeb.routes()],
    metrics,
    events: hub,
    desk: deskOver(sample, publish),
    tally,
    system: async () => ({
      quarantined: [{ code: 'OBJECT_UNREADABLE', count: 2 }],
      disk: { freeBytes: 5e10, neededBytes: 2e9 },
      configuration: { needRestart: ['dimse.port'] },
      archives: [],
      worklists: ['own'],
      destinations: [
        { name: 'Hospital PACS', kind: 'c-store' },
        { name: 'Research archive', kind: 'stow-rs' },
      ],
    }),
    readiness: async () => [{ name: 'storage', ok: true, detail: '2000 MB free' }],
    about: {
      version: '0.1.0',
      aeTitle: 'APICAL',
      dimsePort: 11112,
      host: '127.0.0.1',
      archives: [],
      destinations: ['Hospital PACS', 'Research archive'],
      models: [phantomModel, viewModel],
    },
    ...changes,
  });
  const { url } = await service.listen();
  return { url: url.replace(/\/$/, ''), events, hub, publish, close: () => service.close() };
}

function isResult(path: string, { archive }: Sample): boolean {
  return archive.instances.some((one) => one.role === 'result' && archive.files.path(one) === path);
}

export function ledgerOver({ archive, rows, assessments, documents, deliveries }: Sample): HttpDoors['ledger'] {
  return {
    studiesToRead: async ({ limit, offset, priority, state, isDecided, among }) =>
      rows
        .filter((row) => priority === undefined || (row.triage?.priority ?? 'MEDIUM') === priority)
        .filter((row) => state === undefined || row.state.kind === state)
        .filter((row) => isDecided === undefined || (row.decided !== undefined) === isDecided)
        .filter((row) => among === undefined || among.includes(row.study))
        .slice(offset, offset + limit),
    studiesStanding: async () =>
      rows.map(({ triage, state, decided }) => ({
        priority: triage?.priority ?? 'MEDIUM',
        state: state.kind,
        isDecided: decided !== undefined,
        count: 1,
      })),
    deliveriesByState: async () => [
      { destination: 'Hospital PACS', state: 'delivered', count: 2 },
      { destination: 'Research archive', state: 'waiting', count: 2 },
    ],
    setAside: async () => [
      {
        id: 7,
        job: { kind: 'assess', study: studies.setAside as StudyUid, revision: 1 },
        attempts: 1,
        fault: 'MODEL_UNFIT',
        priority: 130,
      },
    ],
    study: async (study) => rows.find((row) => row.study === study),
    instances: async (study, role) => archive.instances.filter((one) => one.facts.study === study && one.role === role),
    looks: async () => [],
    assessment: async (study) => assessments.get(study),
    documents: async (study) => documents.filter((document) => document.study === study),
    deliveries: async (study) =>
      deliveries.filter(({ document }) => documents.some((one) => one.sopInstance === document && one.study === study)),
    backlog: async () => [{ kind: 'assess', state: 'waiting', count: 3 }],
  };
}
