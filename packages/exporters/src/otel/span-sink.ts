import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { sha256, toHex, utf8 } from '@spanforge/core-signing';
import { ExportError } from '../error.js';
import type { ExportRecord, Sink } from '../sink.js';
import { type Conventions, spanOf } from './span-of.js';

/** The tracer for spans. */
export interface SpanSinkOptions {
  /** The host's own tracer. */
  readonly tracer: Tracer;
  /** `gen_ai` when absent. */
  readonly conventions?: Conventions;
  /**
   * Waits until the spans are sent, such as the provider's `forceFlush`. Without it a batch counts
   * as delivered when the tracer has it, and spans that the processor drops are lost. A processor that
   * the application's own spans go through too may send or drop in the background, which no flush
   * reports: give this sink a provider of its own.
   */
  readonly flush?: () => Promise<void>;
}

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

/**
 * Spans between two flushes: fewer than the 512 at which a batch processor sends by itself, where
 * nobody would be told that it failed.
 */
const SPANS_PER_FLUSH = 500;

/** The trace id of a record if it is valid in OpenTelemetry, else a digest of it. */
function parentOf({ record: { context } }: ExportRecord) {
  const digest = toHex(sha256(utf8(context.traceId)));
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: TRACE_ID.test(context.traceId) ? context.traceId : digest.slice(0, 32),
    spanId: SPAN_ID.test(context.spanId ?? '') ? (context.spanId as string) : digest.slice(32, 48),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}

/**
 * A sink that makes a span of each call, decision, evaluation and step, with the times of the
 * record, in the trace the agent ran in. Content (arguments, results) is included only as the
 * exporter's `content` allows.
 */
export function createSpanSink(options: SpanSinkOptions): Sink {
  const { tracer, conventions = 'gen_ai', flush } = options;
  return {
    name: 'opentelemetry-spans',
    async send(batch) {
      let unsent = 0;
      for (const exported of batch) {
        const span = spanOf(exported, conventions);
        if (span === undefined) continue;
        const { name, startMs, endMs, attributes, failed, errorType } = span;
        const started = tracer.startSpan(
          name,
          { kind: SpanKind.INTERNAL, startTime: startMs, attributes: { ...attributes } },
          parentOf(exported),
        );
        if (failed)
          started.setStatus({ code: SpanStatusCode.ERROR, message: errorType ?? 'error' });
        started.end(endMs);
        unsent += 1;
        if (unsent % SPANS_PER_FLUSH === 0) await flushed(flush);
      }
      await flushed(flush);
    },
  };
}

/** @throws {ExportError} `EXPORT_SINK_UNAVAILABLE`. */
export async function flushed(flush: (() => Promise<void>) | undefined): Promise<void> {
  try {
    await flush?.();
  } catch (cause) {
    throw new ExportError('EXPORT_SINK_UNAVAILABLE', 'OpenTelemetry could not send', { cause });
  }
}
