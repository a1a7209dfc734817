import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { RecordDraft } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import type { ContentOption } from '../content.js';
import { createMemoryCursor } from '../cursor.js';
import { createExporter } from '../exporter.js';
import { context, drafts, filledLog, openLog } from '../test-log.js';
import { createMetricSink } from './metric-sink.js';
import type { Conventions } from './span-of.js';
import { createSpanSink } from './span-sink.js';

async function spans(conventions: Conventions, content: ContentOption = 'none') {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] });
  const sink = createSpanSink({
    tracer: provider.getTracer('test'),
    conventions,
    flush: () => provider.forceFlush(),
  });
  const reader = await filledLog();
  await createExporter({ reader, sink, cursor: createMemoryCursor(), content }).exportOnce();
  return memory.getFinishedSpans();
}

describe('OpenTelemetry', () => {
  it('has a span for each call, decision and step, in the trace of the agent, at its time', async () => {
    const found = await spans('gen_ai');
    expect(found.map(({ name }) => name)).toEqual([
      'policy.decision pay',
      'execute_tool pay',
      'chat chat',
    ]);
    for (const span of found) expect(span.spanContext().traceId).toBe(context.traceId);
    const [, call, model] = found;
    expect(call?.attributes).toMatchObject({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'pay',
      'gen_ai.tool.call.id': 'call-1',
      'spanforge.outcome': 'allow+log',
      'deployment.environment.name': 'prod',
    });
    const [seconds = 0, nanos = 0] = call?.duration ?? [];
    expect(seconds * 1000 + nanos / 1e6).toBeCloseTo(125, 3);
    expect(model?.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': 90 });
  });

  it('holds no content unless it is let out', async () => {
    const closed = JSON.stringify((await spans('gen_ai')).map(({ attributes }) => attributes));
    expect(closed).not.toContain('mallory');
    const open = await spans('gen_ai', 'unredacted');
    expect(open[1]?.attributes['gen_ai.tool.call.arguments']).toContain('mallory@example.com');
  });

  it('speaks OpenInference', async () => {
    const found = await spans('openinference', { redact: () => ({ to: '***' }) });
    expect(found.map(({ attributes }) => attributes['openinference.span.kind'])).toEqual([
      'GUARDRAIL',
      'TOOL',
      'LLM',
    ]);
    expect(found[1]?.attributes).toMatchObject({
      'tool.name': 'pay',
      'input.value': '{"to":"***"}',
      'input.mime_type': 'application/json',
    });
    expect(found[2]?.attributes).toMatchObject({
      'llm.token_count.total': 102,
      'llm.model_name': 'small-1',
    });
  });

  it('a flush that fails makes the batch late, not lost', async () => {
    const memory = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] });
    let flushes = 0;
    const flush = async () => {
      flushes += 1;
      if (flushes === 1) throw new Error('collector down');
    };
    const sink = createSpanSink({ tracer: provider.getTracer('test'), flush });
    const cursor = createMemoryCursor();
    const reader = await filledLog();
    await createExporter({ reader, sink, cursor, retryMs: 1, maxRetryMs: 1 }).exportOnce();
    expect(flushes).toBe(2);
    expect(memory.getFinishedSpans()).toHaveLength(6);
  });

  it('a batch larger than what a batch processor sends by itself is late, not lost', async () => {
    const reader = await openLog();
    const [step] = drafts().slice(-1) as [RecordDraft];
    await reader.append(Array.from({ length: 1000 }, () => step));
    const memory = new InMemorySpanExporter();
    let asked = 0;
    const exporter: SpanExporter = {
      export(spans, done) {
        asked += 1;
        if (asked === 1) done({ code: 1, error: new Error('collector down') });
        else memory.export(spans, done);
      },
      shutdown: async () => undefined,
    };
    const provider = new BasicTracerProvider({
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    const sink = createSpanSink({
      tracer: provider.getTracer('test'),
      flush: () => provider.forceFlush(),
    });
    const options = { reader, sink, cursor: createMemoryCursor(), batchRecords: 1000 };
    await createExporter({ ...options, retryMs: 1, maxRetryMs: 1 }).exportOnce();
    const ids = memory.getFinishedSpans().map((span) => span.attributes['spanforge.record.id']);
    const { records } = await reader.query({ types: [step.type], limit: 1000 });
    expect(records).toHaveLength(1000);
    expect([...new Set(ids)].sort()).toEqual(records.map(({ id }) => id).sort());
  });

  it('counts records and decisions, and measures calls and tokens', async () => {
    const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const metricReader = new PeriodicExportingMetricReader({ exporter: memory });
    const provider = new MeterProvider({ readers: [metricReader] });
    const sink = createMetricSink({
      meter: provider.getMeter('test'),
      flush: () => provider.forceFlush(),
    });
    const reader = await filledLog();
    await createExporter({ reader, sink, cursor: createMemoryCursor() }).exportOnce();
    const metrics = memory
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics[0]?.metrics ?? []);
    const names = metrics.map(({ descriptor }) => descriptor.name).sort();
    expect(names).toEqual([
      'gen_ai.client.operation.duration',
      'gen_ai.client.token.usage',
      'spanforge.call.duration',
      'spanforge.decisions',
      'spanforge.records',
    ]);
    await provider.shutdown();
  });
});
