// Exports a log as OpenTelemetry spans or metrics, which it posts to a receiver, until it is killed.
// Usage: otel-child.mjs <options as JSON>, see otel/kill.test.ts
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { openEvidenceLog } from '@spanforge/core-events/log';
import { createExporter } from '@spanforge/exporters';
import { createFileCursor } from '@spanforge/exporters/node';
import { createMetricSink, createSpanSink, watchMetricExport } from '@spanforge/exporters/otel';
import { openSqliteStore } from '@spanforge/store-sqlite';

const { folder, name, url, point, batchRecords, metrics } = JSON.parse(process.argv[2]);
const say = (text) => writeSync(1, `${text}\n`);

/** Says that a point was reached and stays there; at once for every other point. */
function at(where) {
  if (where !== point) return undefined;
  say(`AT ${where}`);
  return new Promise(() => undefined);
}

// The same for every process of a log, as a key file would be.
const secret = Uint8Array.from({ length: 32 }, (_, step) => (step * 89 + 41) % 256);
const log = await openEvidenceLog({
  store: await openSqliteStore({ path: join(folder, 'evidence.db') }),
  origin: 'example.com/spans',
  writer: name,
  hmac: { kid: 'spans', secret },
});

/** What is posted: the ids of spans, or how many records this process has counted so far. */
function posted(exported) {
  if (!metrics) return exported.map(({ attributes }) => attributes['spanforge.record.id']);
  const all = exported.scopeMetrics.flatMap((scope) => scope.metrics);
  const [records] = all.filter(({ descriptor }) => descriptor.name === 'spanforge.records');
  return [name, records.dataPoints.reduce((sum, { value }) => sum + value, 0)];
}

const collector = {
  async export(exported, done) {
    await at('before-send');
    try {
      const body = JSON.stringify(posted(exported));
      const { ok } = await fetch(url, { method: 'POST', body });
      await at('after-answer');
      done(ok ? { code: 0 } : { code: 1, error: new Error('refused') });
    } catch (error) {
      done({ code: 1, error });
    }
  },
  shutdown: async () => undefined,
  forceFlush: async () => undefined,
};

function createSpans() {
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(collector)] });
  return createSpanSink({
    tracer: provider.getTracer('kill'),
    flush: () => provider.forceFlush(),
  });
}

function createMetrics() {
  const { exporter, flush } = watchMetricExport(collector);
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600_000 })],
  });
  return createMetricSink({
    meter: provider.getMeter('kill'),
    flush: () => flush(() => provider.forceFlush()),
  });
}

const kept = createFileCursor(join(folder, 'cursor.json'));
const exporter = createExporter({
  reader: log,
  sink: metrics ? createMetrics() : createSpans(),
  cursor: {
    load: () => kept.load(),
    async save(cursor) {
      await at('before-save');
      const saving = kept.save(cursor);
      await at('during-save');
      await saving;
      await at('after-save');
    },
  },
  batchRecords,
  retryMs: 1,
  maxRetryMs: 1,
  onProgress: ({ state }) => state === 'retrying' && say('RETRYING'),
});
await exporter.exportOnce();
say('DONE');
await log.close();
