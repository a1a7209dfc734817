// Exports a log as OpenTelemetry spans, which it posts to a receiver, until it is killed.
// Usage: otel-child.mjs <options as JSON>, see otel/kill.test.ts
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { openEvidenceLog } from '@spanforge/core-events/log';
import { createExporter } from '@spanforge/exporters';
import { createFileCursor } from '@spanforge/exporters/node';
import { createSpanSink } from '@spanforge/exporters/otel';
import { openSqliteStore } from '@spanforge/store-sqlite';

const { folder, name, url, point, batchRecords } = JSON.parse(process.argv[2]);
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

const collector = {
  async export(spans, done) {
    await at('before-send');
    const ids = spans.map(({ attributes }) => attributes['spanforge.record.id']);
    try {
      const { ok } = await fetch(url, { method: 'POST', body: JSON.stringify(ids) });
      await at('after-answer');
      done(ok ? { code: 0 } : { code: 1, error: new Error('refused') });
    } catch (error) {
      done({ code: 1, error });
    }
  },
  shutdown: async () => undefined,
};
const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(collector)] });
const kept = createFileCursor(join(folder, 'cursor.json'));
const exporter = createExporter({
  reader: log,
  sink: createSpanSink({
    tracer: provider.getTracer('kill'),
    flush: () => provider.forceFlush(),
  }),
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
