import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ModelIdentity } from '#domain/assessment';
import type { AgentEvent } from '#domain/event';
import type { WatchReport } from '#domain/watching';
import type { Ledger } from '#src/ports/ledger';
import { createWatchMetrics } from './watch-metrics.ts';

/** Numbers for Prometheus, counted from events. Labels are codes and names of the configuration; drift is told by scanner and Institution Name, of which a bounded number is shown. No patient is among them. */
export interface Metrics {
  record(event: AgentEvent): void;
  /** The exposition text, with the backlog as it stands. */
  text(backlog: Awaited<ReturnType<Ledger['backlog']>>, seen?: Seen): Promise<string>;
  readonly contentType: string;
}

/** What the agent sees of itself as it stands. */
export interface Seen {
  readonly report?: WatchReport | undefined;
  readonly models: readonly ModelIdentity[];
}

/** Limits are shown beside what they bound, as they are now. */
export function createMetrics(limits: () => Readonly<Record<string, number>> = () => ({})): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'apical_' });
  const instruments = createInstruments(registry);
  const watching = createWatchMetrics(registry);
  return {
    record(event) {
      record(event, instruments);
      watching.record(event);
    },
    async text(backlog, seen) {
      if (seen) watching.show(seen.report, seen.models);
      for (const [name, value] of Object.entries(limits())) instruments.limit.set({ name }, value);
      instruments.backlog.reset();
      for (const { kind, state, count } of backlog) instruments.backlog.set({ job: kind, state }, count);
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

type Instruments = ReturnType<typeof createInstruments>;

const inferenceSeconds = [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300];
const answerSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

function createInstruments(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name: `apical_${name}`, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    { labelNames, buckets }: { labelNames: readonly Label[]; buckets: number[] },
  ) => new Histogram({ name: `apical_${name}`, help, labelNames, buckets, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `apical_${name}`, help, labelNames, registers });
  const jobSeconds = { labelNames: ['job'] as const, buckets: inferenceSeconds };
  return {
    kept: counter('instances_kept_total', 'Objects kept, by way of arrival.', ['by', 'repeated']),
    keptBytes: counter('instances_kept_bytes_total', 'Bytes of objects kept.', ['by']),
    refused: counter('instances_refused_total', 'Objects refused, by reason.', ['by', 'code']),
    quarantineGone: counter('quarantine_given_way_total', 'Refused objects that are no longer kept for a look.'),
    associationsRefused: counter('associations_refused_total', 'DICOM associations refused.', ['reason']),
    associationsAborted: counter(
      'associations_aborted_total',
      'DICOM associations aborted, by the limit or other cause.',
      ['cause'],
    ),
    certificates: counter('certificates_reloaded_total', 'Times that changed certificates were read.', [
      'setting',
      'ok',
    ]),
    configurations: counter('configuration_reloads_total', 'Times that the configuration was read again.', ['outcome']),
    configurationRefused: gauge('configuration_refused', '1 while the configuration file is wrong.', []),
    configurationWaiting: gauge('configuration_waits_for_restart', 'Changed settings that wait for a restart.', []),
    purged: counter('studies_purged_total', 'Studies that left the archive.'),
    archiveBytes: gauge('archive_bytes', 'Bytes of all objects in the archive, when it was last tidied.', []),
    held: gauge('studies_held', 'Studies that were due to leave the archive and had to stay.', ['because']),
    auditTold: counter('audit_messages_total', 'Audit messages told.'),
    auditFailed: counter('audit_failures_total', 'Tries to tell audit messages that failed.', ['code']),
    auditLost: counter('audit_records_lost_total', 'Audit records that had to give way before they were told.'),
    auditWaiting: gauge('audit_records_waiting', 'Audit records that wait.', []),
    loginsRefused: counter('http_logins_refused_total', 'Requests without a valid login or role.', ['reason']),
    requestsRefused: counter('http_requests_refused_total', 'Requests over HTTP refused, by reason.', ['code']),
    jobSeconds: histogram('job_seconds', 'Time a job took.', jobSeconds),
    jobWaitSeconds: histogram('job_wait_seconds', 'Time a job that was due waited.', jobSeconds),
    jobsFailed: counter('jobs_failed_total', 'Failures of jobs, by what follows.', ['job', 'code', 'next']),
    clips: counter('clips_read_total', 'Clips looked at, by view or reason against.', ['outcome']),
    studies: counter('studies_assessed_total', 'Assessments of studies.'),
    findings: counter('findings_total', 'Questions put to studies, by whether they were answered.', ['outcome']),
    decisions: counter('decisions_total', "Readers' decisions.", ['verdict']),
    documents: counter('documents_total', 'Documents written, by kind.', ['kind']),
    deliveries: counter('deliveries_total', 'Documents delivered or withheld.', ['destination', 'outcome']),
    polls: counter('archive_polls_total', 'Looks into archives.', ['archive', 'outcome']),
    polledInstances: counter('archive_polled_instances_total', 'Objects fetched from archives.', ['archive']),
    httpSeconds: histogram('http_answer_seconds', 'Time until an HTTP answer began.', {
      labelNames: ['method', 'route', 'status'] as const,
      buckets: answerSeconds,
    }),
    unexpected: counter('unexpected_total', 'Errors that this program does not know.', ['where']),
    provider: gauge('execution_provider', 'Execution provider that models run on.', ['provider']),
    startSeconds: gauge('start_seconds', 'Time the start took.', []),
    limit: gauge('limit', 'Limits, by the name of their setting.', ['name']),
    backlog: gauge('jobs', 'Jobs that wait, run, or were set aside.', ['job', 'state']),
  };
}

function record(event: AgentEvent, to: Instruments): void {
  switch (event.kind) {
    case 'started':
      return to.startSeconds.set(event.milliseconds / 1000);
    case 'stopping':
    case 'runs-as-root':
    case 'study-triaged': // watch-metrics.ts counts it
      return;
    case 'instance-kept':
      to.kept.inc({ by: event.by, repeated: String(event.repeated) });
      return to.keptBytes.inc({ by: event.by }, event.bytes);
    case 'instance-refused':
    case 'quarantine-bounded':
    case 'association-refused':
    case 'association-aborted':
    case 'login-refused':
    case 'request-refused':
      return recordRefusal(event, to);
    case 'certificates-reloaded':
      return to.certificates.inc({ setting: event.setting, ok: String(event.ok) });
    case 'configuration-applied':
      to.configurations.inc({ outcome: 'applied' });
      to.configurationRefused.set(0);
      return to.configurationWaiting.set(event.needRestart.length);
    case 'configuration-refused':
      to.configurations.inc({ outcome: 'refused' });
      return to.configurationRefused.set(1);
    case 'study-purged':
      return to.purged.inc();
    case 'archive-tidied':
      to.archiveBytes.set(event.bytes);
      to.held.reset();
      return Object.entries(event.held).forEach(([because, count]) => to.held.set({ because }, count));
    case 'audit-told':
      to.auditTold.inc(event.messages);
      return to.auditWaiting.set(event.waiting);
    case 'audit-failed':
      to.auditFailed.inc({ code: event.code });
      return to.auditWaiting.set(event.waiting);
    case 'audit-lost':
      return to.auditLost.inc(event.records);
    case 'job-done':
      to.jobSeconds.observe({ job: event.job }, event.milliseconds / 1000);
      return to.jobWaitSeconds.observe({ job: event.job }, Math.max(0, event.waitedMs) / 1000);
    case 'job-failed': {
      const next = event.retryAt === undefined ? 'set-aside' : 'retry';
      return to.jobsFailed.inc({ job: event.job, code: event.code, next });
    }
    case 'clip-read':
      return to.clips.inc({ outcome: event.outcome });
    case 'study-assessed':
      to.studies.inc();
      to.findings.inc({ outcome: 'assessed' }, event.assessed);
      return to.findings.inc({ outcome: 'not-assessed' }, event.notAssessed);
    case 'study-decided':
      return to.decisions.inc({ verdict: event.verdict });
    case 'document-written':
      return to.documents.inc({ kind: event.documentKind });
    case 'document-delivered':
      return to.deliveries.inc({ destination: event.destination, outcome: 'delivered' });
    case 'document-withheld':
      return to.deliveries.inc({ destination: event.destination, outcome: 'withheld' });
    case 'provider-chosen':
      return to.provider.set({ provider: event.provider }, 1);
    case 'archive-polled':
      to.polls.inc({ archive: event.archive, outcome: 'done' });
      return to.polledInstances.inc({ archive: event.archive }, event.instances);
    case 'archive-poll-failed':
      return to.polls.inc({ archive: event.archive, outcome: event.code });
    case 'http-answered': {
      const { method, route, status } = event;
      return to.httpSeconds.observe({ method, route, status: String(status) }, event.milliseconds / 1000);
    }
    case 'unexpected':
      return to.unexpected.inc({ where: event.where });
  }
}

type Refusal = Extract<
  AgentEvent,
  {
    readonly kind:
      | 'instance-refused'
      | 'quarantine-bounded'
      | 'association-refused'
      | 'association-aborted'
      | 'login-refused'
      | 'request-refused';
  }
>;

function recordRefusal(event: Refusal, to: Instruments): void {
  switch (event.kind) {
    case 'instance-refused':
      return to.refused.inc({ by: event.by, code: event.code });
    case 'quarantine-bounded':
      return to.quarantineGone.inc(event.gone);
    case 'association-refused':
      return to.associationsRefused.inc({ reason: event.reason });
    case 'association-aborted':
      return to.associationsAborted.inc({ cause: event.cause });
    case 'login-refused':
      return to.loginsRefused.inc({ reason: event.reason });
    case 'request-refused':
      return to.requestsRefused.inc({ code: event.code });
  }
}
