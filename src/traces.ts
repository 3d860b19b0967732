import { createHash } from 'node:crypto';
import { ROOT_CONTEXT, SpanStatusCode, TraceFlags, trace, type Attributes } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { AgentEvent } from '#domain/event';
import type { Clock } from './ports.ts';

/** Spans of what is told of studies, on their way to a collector. */
export interface Traces {
  record(event: AgentEvent): void;
  /** Sends what waits, and ends. */
  close(): Promise<void>;
}

const rootsMax = 10_000;
const sendMs = 5_000;

/**
 * One trace a study, a span a chapter: how long it took, and how long it waited before. The trace's ID is a digest of the
 * Study Instance UID, so that every chapter finds its trace, after a restart too, and no span names the study.
 */
export function openTraces(
  { url }: { readonly url: string },
  { clock, version, failed }: { clock: Pick<Clock, 'now'>; version: string; failed: (error: string) => void },
): Traces {
  const ids = new RandomIdGenerator();
  const next: { trace?: string; span?: string } = {};
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'apical', 'service.version': version }),
    idGenerator: {
      generateTraceId: () => next.trace ?? ids.generateTraceId(),
      generateSpanId: () => next.span ?? ids.generateSpanId(),
    },
    spanProcessors: [
      new BatchSpanProcessor({ exporter: reporting(new OTLPTraceExporter({ url, timeoutMillis: sendMs }), failed) }),
    ],
  });
  const tracer = provider.getTracer('apical', version);
  const firstAt = new Map<string, number>(); // studies whose first span, the receiving, is still to be told

  const told = (study: string, name: string, span: Told): void => {
    const traceId = digest(study, 32);
    const parent = { traceId, spanId: digest(`${study} received`, 16), traceFlags: TraceFlags.SAMPLED, isRemote: true };
    const isRoot = name === 'receive';
    Object.assign(next, isRoot ? { trace: traceId, span: parent.spanId } : { trace: undefined, span: undefined });
    const context = isRoot ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const { attributes, from, to, fault } = span;
    const made = tracer.startSpan(name, { startTime: from, attributes, root: isRoot }, context);
    if (fault !== undefined) made.setStatus({ code: SpanStatusCode.ERROR, message: fault });
    made.end(to);
  };

  return {
    record(event) {
      const now = clock.now();
      if (event.kind === 'instance-kept' && !firstAt.has(event.study) && firstAt.size < rootsMax) {
        firstAt.set(event.study, now);
      }
      if (event.kind === 'job-done' && event.study !== '') {
        const { job, study, milliseconds, waitedMs } = event;
        const from = firstAt.get(study);
        if (job === 'settle' && from !== undefined) {
          told(study, 'receive', { from, to: now, attributes: {} });
          firstAt.delete(study);
        }
        told(study, job, { from: now - milliseconds, to: now, attributes: { 'apical.waited_ms': waitedMs } });
      }
      if (event.kind === 'job-failed' && event.study !== '') {
        const { job, study, code, attempt } = event;
        told(study, job, { from: now, to: now, attributes: { 'apical.attempt': attempt }, fault: code });
      }
    },
    close: () => provider.shutdown().catch(() => undefined), // what could not be sent was told of
  };
}

interface Told {
  readonly from: number;
  readonly to: number;
  readonly attributes: Attributes;
  readonly fault?: string;
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** The same exporter, whose failures are heard. */
function reporting(exporter: SpanExporter, failed: (error: string) => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error) failed(result.error.name);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
