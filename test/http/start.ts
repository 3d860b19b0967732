import { createDicomWebRouter } from '#dicomweb/server/router';
import type { AgentEvent } from '#domain/event';
import { createEventHub, type EventHub } from '#http/events';
import { createMetrics } from '#http/metrics';
import { createHttpService, type HttpDoors } from '#http/service';
import { manualClock } from '#test/support/manual-clock';
import { createDrawing, phantomModel, type Sample, viewModel } from './sample.ts';

/** The HTTP service over a sample, with the archive under /dicom-web, on a free port. */
export interface Started {
  /** Without a trailing slash. */
  readonly url: string;
  readonly events: AgentEvent[];
  readonly hub: EventHub;
  publish(event: AgentEvent): void;
  close(): Promise<void>;
}

export async function startService(sample: Sample, changes: Partial<HttpDoors> = {}): Promise<Started> {
  const metrics = createMetrics();
  const hub = createEventHub({ heartbeatMs: 20 });
  const events: AgentEvent[] = [];
  const publish = (event: AgentEvent) => {
    events.push(event);
    metrics.record(event);
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
    settings: {
      host: '127.0.0.1',
      port: 0,
      allowedOrigins: ['https://viewer.example'],
      allowedHosts: ['apical.hospital.example'],
      requestBytesMax: 1_000_000,
    },
    ledger: ledgerOver(sample),
    clock: manualClock(),
    publish,
    routers: [dicomWeb.routes()],
    metrics,
    events: hub,
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
    studies: async ({ limit, offset }) => rows.slice(offset, offset + limit),
    study: async (study) => rows.find((row) => row.study === study),
    instances: async (study, role) => archive.instances.filter((one) => one.facts.study === study && one.role === role),
    assessment: async (study) => assessments.get(study),
    documents: async (study) => documents.filter((document) => document.study === study),
    deliveries: async (study) =>
      deliveries.filter(({ document }) => documents.some((one) => one.sopInstance === document && one.study === study)),
    backlog: async () => [{ kind: 'assess', state: 'waiting', count: 3 }],
  };
}
