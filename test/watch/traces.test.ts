import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openTraces } from '#src/traces';
import { startSink } from '#test/outbound/sink';
import { manualClock } from '#test/support/manual-clock';

const study = '1.2.840.99.1';
let sink: Awaited<ReturnType<typeof startSink>>;
let status = 200;

beforeEach(async () => {
  status = 200;
  sink = await startSink(() => ({ status, body: '{}', headers: { 'content-type': 'application/json' } }));
});
afterEach(() => sink.stop());

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number; readonly message?: string };
}

/** What a collector was sent. */
function spans(): readonly Span[] {
  return sink.asked.flatMap(({ body }) =>
    (JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }).resourceSpans.flatMap(
      ({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans),
    ),
  );
}

function open() {
  const clock = manualClock();
  const failures: string[] = [];
  const traces = openTraces(
    { url: `${sink.url}/v1/traces` },
    { clock, version: '1', failed: (error) => failures.push(error) },
  );
  return { clock, traces, failures };
}

test('a study is one trace: its receiving, and under it a span for each chapter, with its faults', async () => {
  const { clock, traces } = open();
  traces.record({ kind: 'instance-kept', study, sopInstance: '1', bytes: 1, by: 'c-store', repeated: false });
  const began = clock.now();
  clock.advance(4000);
  traces.record({ kind: 'job-done', job: 'settle', study, milliseconds: 5, waitedMs: 1 });
  clock.advance(3000);
  traces.record({ kind: 'job-done', job: 'assess', study, milliseconds: 2500, waitedMs: 100 });
  traces.record({ kind: 'job-failed', job: 'compose', study, code: 'REPORT_INVALID', detail: 'x', attempt: 1 });
  await traces.close();
  const told = spans();
  expect(told.map(({ name }) => name)).toEqual(['receive', 'settle', 'assess', 'compose']);
  expect(new Set(told.map(({ traceId }) => traceId)).size).toBe(1);
  const [root, , assess, compose] = told as [Span, Span, Span, Span];
  expect(root.parentSpanId ?? '').toBe('');
  expect(told.slice(1).every(({ parentSpanId }) => parentSpanId === root.spanId)).toBe(true);
  const milliseconds = ({ startTimeUnixNano, endTimeUnixNano }: Span) =>
    Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e6;
  expect([Number(BigInt(root.startTimeUnixNano) / 1_000_000n), milliseconds(root), milliseconds(assess)]).toEqual([
    began,
    4000,
    2500,
  ]);
  expect(compose.status).toEqual({ code: 2, message: 'REPORT_INVALID' });
  expect(JSON.stringify(sink.asked)).not.toContain(study);
});

test('after a restart the chapters of a study find their trace again', async () => {
  for (const job of ['assess', 'compose'] as const) {
    const { traces } = open();
    traces.record({ kind: 'job-done', job, study, milliseconds: 5, waitedMs: 1 });
    await traces.close();
  }
  const [one, other] = spans() as [Span, Span];
  expect([one.traceId, one.parentSpanId]).toEqual([other.traceId, other.parentSpanId]);
  expect(one.spanId).not.toBe(other.spanId);
});

test('a collector that refuses is told of', async () => {
  status = 400;
  const { traces, failures } = open();
  traces.record({ kind: 'job-done', job: 'assess', study, milliseconds: 5, waitedMs: 1 });
  await traces.close();
  expect(failures).toHaveLength(1);
});
