import { expect, test } from '@jest/globals';
import type { AgentEvent } from '#domain/event';
import { createMetrics } from '#http/metrics';

const study = '1.2.840.99.1';
const sopInstance = '1.2.840.99.1.5';
const name = 'Lindqvist';

/** One event of each kind; what is free text or names an object holds something that must not come out. */
const everything: readonly AgentEvent[] = [
  { kind: 'started', dimse: 'APICAL@127.0.0.1:11112', http: 'http://localhost:8080/', milliseconds: 1500 },
  { kind: 'stopping' },
  { kind: 'instance-kept', study, sopInstance, bytes: 1000, by: 'c-store', repeated: false },
  { kind: 'instance-refused', code: 'OBJECT_UNREADABLE', detail: name, by: 'stow-rs', quarantine: name },
  { kind: 'association-refused', address: '10.9.8.7', reason: 'local-limit-exceeded' },
  { kind: 'association-aborted', address: '10.9.8.7', cause: 'idleMs', reason: name },
  { kind: 'job-done', job: 'assess', study, milliseconds: 2500, waitedMs: 40 },
  { kind: 'job-failed', job: 'compose', study, code: 'REPORT_INVALID', detail: name, attempt: 1 },
  { kind: 'job-failed', job: 'write-back', study, code: 'DESTINATION_BUSY', detail: name, attempt: 1, retryAt: 5 },
  { kind: 'clip-read', study, sopInstance, outcome: 'A4C' },
  { kind: 'study-assessed', study, revision: 1, assessed: 5, notAssessed: 2 },
  { kind: 'document-written', study, sopInstance, documentKind: 'sr' },
  { kind: 'document-delivered', study, sopInstance, destination: 'PACS' },
  { kind: 'document-withheld', study, sopInstance, destination: 'PACS' },
  { kind: 'provider-chosen', provider: 'cpu', passedOver: ['cuda'] },
  { kind: 'archive-polled', archive: 'Orthanc', studies: 3, instances: 7, milliseconds: 20 },
  { kind: 'archive-poll-failed', archive: 'Orthanc', code: 'ARCHIVE_UNREACHABLE', detail: name },
  { kind: 'http-answered', method: 'GET', route: '/api/studies/:study', status: 200, milliseconds: 12 },
  { kind: 'quarantine-bounded', gone: 3 },
  { kind: 'request-refused', address: '10.9.8.7', code: 'NOT_FOUND' },
  { kind: 'login-refused', address: '10.9.8.7', reason: 'wrong login' },
  { kind: 'unexpected', where: 'assess', error: name },
  { kind: 'configuration-applied', changed: [name], needRestart: ['dimse.port', name] },
  { kind: 'configuration-refused', detail: name },
  { kind: 'audit-told', messages: 3, waiting: 2 },
  { kind: 'audit-failed', code: 'DESTINATION_UNREACHABLE', detail: name, waiting: 5 },
  { kind: 'audit-lost', records: 4 },
  { kind: 'study-purged', study, bytes: 10 },
  { kind: 'archive-tidied', studies: 1, bytes: 1234, held: { unproven: 7 } },
];

async function textAfter(events: readonly AgentEvent[]): Promise<string> {
  const metrics = createMetrics();
  for (const event of events) metrics.record(event);
  return metrics.text([{ kind: 'assess', state: 'set-aside', count: 4 }]);
}

test.each([
  'apical_start_seconds 1.5',
  'apical_instances_kept_total{by="c-store",repeated="false"} 1',
  'apical_instances_kept_bytes_total{by="c-store"} 1000',
  'apical_instances_refused_total{by="stow-rs",code="OBJECT_UNREADABLE"} 1',
  'apical_associations_refused_total{reason="local-limit-exceeded"} 1',
  'apical_associations_aborted_total{cause="idleMs"} 1',
  'apical_job_seconds_sum{job="assess"} 2.5',
  'apical_job_wait_seconds_sum{job="assess"} 0.04',
  'apical_jobs_failed_total{job="compose",code="REPORT_INVALID",next="set-aside"} 1',
  'apical_jobs_failed_total{job="write-back",code="DESTINATION_BUSY",next="retry"} 1',
  'apical_clips_read_total{outcome="A4C"} 1',
  'apical_studies_assessed_total 1',
  'apical_findings_total{outcome="assessed"} 5',
  'apical_findings_total{outcome="not-assessed"} 2',
  'apical_documents_total{kind="sr"} 1',
  'apical_deliveries_total{destination="PACS",outcome="delivered"} 1',
  'apical_deliveries_total{destination="PACS",outcome="withheld"} 1',
  'apical_execution_provider{provider="cpu"} 1',
  'apical_archive_polls_total{archive="Orthanc",outcome="done"} 1',
  'apical_archive_polls_total{archive="Orthanc",outcome="ARCHIVE_UNREACHABLE"} 1',
  'apical_archive_polled_instances_total{archive="Orthanc"} 7',
  'apical_http_answer_seconds_count{method="GET",route="/api/studies/:study",status="200"} 1',
  'apical_http_requests_refused_total{code="NOT_FOUND"} 1',
  'apical_http_logins_refused_total{reason="wrong login"} 1',
  'apical_quarantine_given_way_total 3',
  'apical_unexpected_total{where="assess"} 1',
  'apical_configuration_reloads_total{outcome="applied"} 1',
  'apical_configuration_refused 1',
  'apical_configuration_waits_for_restart 2',
  'apical_audit_messages_total 3',
  'apical_audit_records_waiting 5',
  'apical_audit_failures_total{code="DESTINATION_UNREACHABLE"} 1',
  'apical_audit_records_lost_total 4',
  'apical_studies_purged_total 1',
  'apical_archive_bytes 1234',
  'apical_studies_held{because="unproven"} 7',
  'apical_jobs{job="assess",state="set-aside"} 4',
])('after one event of each kind the metrics say %s', async (line) => {
  expect((await textAfter(everything)).split('\n')).toContain(line);
});

test('the metrics hold no text of a fault, no UID and no address', async () => {
  const text = await textAfter(everything);
  for (const secret of [name, study, '10.9.8.7']) expect(text).not.toContain(secret);
});

test('the backlog is shown as it stands, not as it stood', async () => {
  const metrics = createMetrics();
  await metrics.text([{ kind: 'assess', state: 'waiting', count: 4 }]);
  expect(await metrics.text([])).not.toContain('apical_jobs{');
});
