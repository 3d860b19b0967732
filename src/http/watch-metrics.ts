import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ModelIdentity } from '#domain/assessment';
import type { AgentEvent } from '#domain/event';
import type { ScannerReport, ShadowReport, WatchReport } from '#domain/watching';

/** What Prometheus is told of how the agent does: latencies as they happen, drift and disagreement as they stand. */
export interface WatchMetrics {
  record(event: AgentEvent): void;
  show(report: WatchReport | undefined, models: readonly ModelIdentity[]): void;
}

const signalSeconds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300];
const deliverySeconds = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400];

export function createWatchMetrics(registry: Registry): WatchMetrics {
  const to = createInstruments(registry);
  return {
    record(event) {
      if (event.kind === 'study-triaged') {
        const { stage, priority, afterMs } = event;
        to.triaged.inc({ stage, priority });
        to.signal.observe({ stage }, Math.max(0, afterMs) / 1000);
      }
      if (event.kind === 'document-delivered' && event.afterMs !== undefined) {
        to.delivery.observe({ destination: event.destination }, Math.max(0, event.afterMs) / 1000);
      }
    },
    show({ scanners, shadows } = { scanners: [], shadows: [] }, models) {
      for (const gauge of to.gauges) gauge.reset();
      for (const { id, version, digest } of models)
        to.model.set({ model: id, version, digest: digest.slice(0, 12) }, 1);
      const shown = new Set<string>();
      for (const scanner of scanners) {
        const key = JSON.stringify([scanner.scanner, scanner.site]);
        // The newest model of a scanner comes first; what was under another one is over.
        if (!shown.has(key)) showScanner(scanner, to);
        shown.add(key);
      }
      const [latest] = shadows;
      if (latest) showShadow(latest, to);
    },
  };
}

type Instruments = ReturnType<typeof createInstruments>;

function createInstruments(registry: Registry) {
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `apical_${name}`, help, labelNames, registers });
  const at = ['scanner', 'site'] as const;
  const gauges = {
    model: gauge('model_info', 'Models at work.', ['model', 'version', 'digest']),
    studies: gauge('scanner_studies', 'Studies of a scanner under the present model.', at),
    learning: gauge('scanner_learning', '1 while a scanner has too few studies for drift to be told.', at),
    drift: gauge('drift_ratio', 'Kolmogorov-Smirnov distance to the reference studies; 1: chance.', [...at, 'measure']),
    drifted: gauge('drifted_measures', 'Measures that lie elsewhere than those of the reference studies.', at),
    distance: gauge(
      'embedding_distance',
      'Cosine distance of the mean embedding to that of the reference studies.',
      at,
    ),
    clips: gauge('scanner_clips', 'Clips of the latest studies.', at),
    refused: gauge('scanner_clips_refused', 'Clips of the latest studies that no model saw.', [...at, 'reason']),
    shadowStudies: gauge('shadow_studies', 'Studies that a second model was asked about.', []),
    shadowDifference: gauge('shadow_mean_difference', 'Second model minus first.', ['finding', 'figure']),
    shadowAgreement: gauge('shadow_agreement', 'Share of coded answers that are the same.', ['finding']),
  };
  return {
    ...gauges,
    gauges: Object.values(gauges) as Gauge[],
    triaged: new Counter({
      name: 'apical_studies_triaged_total',
      help: 'Times that the urgency of a study was told.',
      labelNames: ['stage', 'priority'] as const,
      registers,
    }),
    signal: new Histogram({
      name: 'apical_signal_seconds',
      help: 'From the arrival of what an urgency stands on to the urgency; preliminary: of the first suitable clip.',
      labelNames: ['stage'] as const,
      buckets: signalSeconds,
      registers,
    }),
    delivery: new Histogram({
      name: 'apical_delivery_seconds',
      help: 'From the arrival of the last object of a study to the delivery of a result.',
      labelNames: ['destination'] as const,
      buckets: deliverySeconds,
      registers,
    }),
  };
}

function showScanner({ scanner, site, studies, state, measures, ...rest }: ScannerReport, to: Instruments): void {
  const at = { scanner, site };
  to.studies.set(at, studies);
  to.learning.set(at, state === 'learning' ? 1 : 0);
  to.drifted.set(at, measures.filter(({ drifted }) => drifted).length);
  for (const { measure, statistic, limit } of measures) to.drift.set({ ...at, measure }, statistic / limit);
  if (rest.embeddingDistance !== undefined) to.distance.set(at, rest.embeddingDistance);
  to.clips.set(at, rest.clips);
  for (const [reason, count] of Object.entries(rest.refusals)) to.refused.set({ ...at, reason }, count);
}

function showShadow({ studies, findings }: ShadowReport, to: Instruments): void {
  to.shadowStudies.set(studies);
  for (const { id: finding, similarity, value, answers } of findings) {
    to.shadowDifference.set({ finding, figure: 'similarity' }, similarity.mean);
    if (value) to.shadowDifference.set({ finding, figure: 'value' }, value.mean);
    if (answers) to.shadowAgreement.set({ finding }, answers.agreement);
  }
}
