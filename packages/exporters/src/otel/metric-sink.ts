import type { Meter } from '@opentelemetry/api';
import type { Sink } from '../sink.js';
import { summarize } from '../summary.js';
import { flushed } from './span-sink.js';

/** The meter for measurements. */
export interface MetricSinkOptions {
  /** The host's own meter. */
  readonly meter: Meter;
  /**
   * Waits until the measurements are sent, and rejects when they were not. A provider's `forceFlush`
   * resolves even then: use that of `watchMetricExport`. Without a flush a batch counts as
   * delivered when the meter has it.
   */
  readonly flush?: () => Promise<void>;
}

/** Seconds, as the GenAI conventions advise for operations. */
const SECONDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const TOKENS = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
];

/**
 * A sink that counts records, decisions by outcome and the duration of calls, and of model calls
 * duration and tokens (`gen_ai.client.*`). After a crash the last batch may be counted twice, and
 * each time a flush failed its batch is counted again.
 */
export function createMetricSink({ meter, flush }: MetricSinkOptions): Sink {
  const records = meter.createCounter('spanforge.records', { unit: '{record}' });
  const decisions = meter.createCounter('spanforge.decisions', { unit: '{decision}' });
  const calls = meter.createHistogram('spanforge.call.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const operations = meter.createHistogram('gen_ai.client.operation.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const tokens = meter.createHistogram('gen_ai.client.token.usage', {
    unit: '{token}',
    advice: { explicitBucketBoundaries: TOKENS },
  });
  return {
    name: 'opentelemetry-metrics',
    async send(batch) {
      for (const { record } of batch) {
        const { type, body, context, mode } = record;
        const common = { 'spanforge.mode': mode, 'deployment.environment.name': context.env };
        const { outcome, status, tool, durationMs } = summarize(record);
        records.add(1, { ...common, 'spanforge.record.type': type });
        if (outcome !== undefined && !type.startsWith('spanforge.execution.')) {
          decisions.add(1, {
            ...common,
            'spanforge.record.type': type,
            'spanforge.outcome': outcome,
          });
        }
        if (type === 'spanforge.execution.ended.v1' && durationMs !== undefined) {
          const labels = {
            ...common,
            'gen_ai.tool.name': tool ?? '',
            'spanforge.status': status ?? '',
          };
          calls.record(durationMs / 1000, labels);
        }
        if (type !== 'spanforge.span.v1' || body.kind !== 'model') continue;
        const model = {
          'gen_ai.operation.name': 'chat',
          ...(typeof body.model === 'string' ? { 'gen_ai.request.model': body.model } : {}),
        };
        if (durationMs !== undefined) operations.record(durationMs / 1000, model);
        const counted = { input: body.input_tokens, output: body.output_tokens };
        for (const [kind, count] of Object.entries(counted)) {
          if (typeof count === 'number')
            tokens.record(count, { ...model, 'gen_ai.token.type': kind });
        }
      }
      await flushed(flush);
    },
  };
}
