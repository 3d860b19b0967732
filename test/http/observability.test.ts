import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { createMetrics } from '#http/metrics';
import { phantomModel } from './sample.ts';
import { watched as report } from './watched.ts';

const dashboard = JSON.parse(readFileSync('config/observability/grafana-dashboard.json', 'utf8')) as {
  readonly panels: readonly {
    readonly title: string;
    readonly type: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
};
const alerts = parse(readFileSync('config/observability/prometheus-alerts.yaml', 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}
const rules = alerts.groups.flatMap((group) => group.rules);
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

async function exposition(): Promise<string> {
  const metrics = createMetrics(() => ({ 'limits.queueMax': 10 }));
  metrics.record({
    kind: 'study-triaged',
    study: '1.2',
    stage: 'preliminary',
    priority: 'HIGH',
    rules: [],
    afterMs: 700,
  });
  metrics.record({
    kind: 'document-delivered',
    study: '1.2',
    sopInstance: '1.3',
    destination: 'PACS',
    afterMs: 42_000,
  });
  return metrics.text([], { report, models: [phantomModel] });
}

/** Names of our metrics in expressions, with the labels that are asked for by name. */
const metricsIn = (expression: string) => [...expression.matchAll(/\bapical_[a-z_]+/g)].map(([name]) => name);

test('every metric that dashboard and alerts ask for is one that /metrics has', async () => {
  const known = new Set(
    [...(await exposition()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name!],
    ),
  );
  const asked = [
    ...panels.flatMap(({ targets }) => targets!.map(({ expr }) => expr)),
    ...rules.map(({ expr }) => expr),
  ];
  expect(asked.flatMap(metricsIn).filter((name) => !known.has(name))).toEqual([]);
  expect(asked.filter((expression) => metricsIn(expression).length === 0)).toEqual([]);
});

test('every panel has a title and an expression, every alert a severity and words, and no name stands twice', () => {
  expect(panels.filter(({ title, targets }) => !title || !targets?.length)).toEqual([]);
  expect(
    rules.filter(
      ({ labels, annotations }) =>
        !/^(page|ticket)$/.test(labels.severity) || !annotations.summary || !annotations.description,
    ),
  ).toEqual([]);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

test.each([
  'apical_signal_seconds_bucket{le="1",stage="preliminary"} 1',
  'apical_signal_seconds_bucket{le="0.5",stage="preliminary"} 0',
  'apical_delivery_seconds_sum{destination="PACS"} 42',
  'apical_studies_triaged_total{stage="preliminary",priority="HIGH"} 1',
  `apical_model_info{model="${phantomModel.id}",version="${phantomModel.version}",digest="${phantomModel.digest.slice(0, 12)}"} 1`,
  'apical_scanner_studies{scanner="Maker Model",site="Hospital"} 150',
  'apical_drift_ratio{scanner="Maker Model",site="Hospital",measure="view score"} 1.4999999999999998',
  'apical_drifted_measures{scanner="Maker Model",site="Hospital"} 1',
  'apical_embedding_distance{scanner="Maker Model",site="Hospital"} 0.03',
  'apical_scanner_clips_refused{scanner="Maker Model",site="Hospital",reason="still"} 3',
  'apical_shadow_mean_difference{finding="lvef",figure="value"} 2',
  'apical_shadow_agreement{finding="lvef"} 0.75',
])('what is seen stands in the metrics: %s', async (line) => {
  expect((await exposition()).split('\n')).toContain(line);
});

test('what is no longer seen is no longer told', async () => {
  const metrics = createMetrics();
  await metrics.text([], { report, models: [] });
  expect(await metrics.text([], { report: { scanners: [], shadows: [] }, models: [] })).not.toContain('Maker Model');
});
