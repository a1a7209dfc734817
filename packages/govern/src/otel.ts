import { type Meter, metrics } from '@opentelemetry/api';
import type { GovernObserver } from './model/observation.js';

export type { CallObservation, GovernObserver } from './model/observation.js';

/** Where the instruments are created. */
export interface OtelOptions {
  /** Default: a meter of the global provider, named `@spanforge/govern`. */
  readonly meter?: Meter;
}

/**
 * Creates an observer that reports each call to OpenTelemetry: the counters
 * `spanforge.govern.calls` and `spanforge.govern.violations`, and the histogram
 * `spanforge.govern.decision.duration` in milliseconds. Attributes are the tool, mode, status and
 * outcome; nothing of a call's content.
 */
export function createOtelObserver({ meter }: OtelOptions = {}): GovernObserver {
  const from = meter ?? metrics.getMeter('@spanforge/govern');
  const calls = from.createCounter('spanforge.govern.calls', {
    description: 'Governed calls, by how they ended.',
    unit: '{call}',
  });
  const violations = from.createCounter('spanforge.govern.violations', {
    description: 'Calls that were blocked or sent to a person.',
    unit: '{call}',
  });
  const duration = from.createHistogram('spanforge.govern.decision.duration', {
    description: 'Time from a call to the decision about it.',
    unit: 'ms',
    advice: { explicitBucketBoundaries: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000] },
  });
  return ({ tool, mode, status, outcome, evaluated, decisionMs }) => {
    const attributes = { tool, mode, outcome };
    calls.add(1, { ...attributes, status, evaluated });
    if (outcome === 'block' || outcome === 'human_review') violations.add(1, attributes);
    duration.record(decisionMs, attributes);
  };
}
