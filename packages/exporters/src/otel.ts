export {
  type MetricExport,
  type MetricExportResult,
  type WatchedMetricExport,
  watchMetricExport,
} from './otel/metric-flush.js';
export { createMetricSink, type MetricSinkOptions } from './otel/metric-sink.js';
export {
  type Conventions,
  GEN_AI_CONVENTIONS,
  spanOf,
  type TelemetrySpan,
} from './otel/span-of.js';
export { createSpanSink, type SpanSinkOptions } from './otel/span-sink.js';
