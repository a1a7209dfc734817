import { strictness } from '@spanforge/core-events';
import type { CallObservation, GovernObserver } from '../model/observation.js';
import { createHistogram, type Histogram, quantile, shareBelow } from './histogram.js';

/** Whether a target is met; `not_assessed` when there is nothing to judge by. */
export type TargetStatus = 'met' | 'not_met' | 'not_assessed';

/** One figure and its target. */
export interface Metric {
  /** A ratio 0..1, or milliseconds; absent when there is nothing to judge by. */
  readonly value?: number;
  readonly unit: 'ratio' | 'ms';
  /** Whether the value should be above the target or below it. */
  readonly comparator: 'gt' | 'lt';
  readonly target: number;
  readonly status: TargetStatus;
  /** How many cases the value is computed from. */
  readonly count: number;
}

/** The documented metrics. */
export interface GovernanceMetrics {
  /** Share of known actions that were evaluated; target above 0.99. */
  readonly enforcementRate: Metric;
  /** Share of evaluated actions that were blocked or sent to review; target below 0.001. */
  readonly violationRate: Metric;
  /** From the action to its decision, 99th percentile, an upper bound; target below 50 ms. */
  readonly decisionLatency: Metric;
  /** Share of candidates that passed evaluation and governance gates; target above 0.95. */
  readonly promotionPassRate: Metric;
}

/** The counts the metrics are computed from. */
export interface MetricCounts {
  actions: number;
  evaluated: number;
  violations: number;
  promotions: number;
  promoted: number;
  readonly latency: Histogram;
}

/** Metrics of the calls one process governs. */
export interface Metrics {
  /** Pass this to a governor as `observe`. */
  readonly observe: GovernObserver;
  /** Counts actions that bypassed the governor, which it cannot see. */
  recordUngoverned(actions?: number): void;
  /** Counts a candidate at the promotion gates. */
  recordPromotion(passed: boolean): void;
  snapshot(): GovernanceMetrics;
}

/** Empty counts. */
export function createCounts(): MetricCounts {
  return {
    actions: 0,
    evaluated: 0,
    violations: 0,
    promotions: 0,
    promoted: 0,
    latency: createHistogram(),
  };
}

/** Counts one call. */
export function countCall(
  counts: MetricCounts,
  {
    evaluated,
    outcome,
    decisionMs,
  }: Pick<CallObservation, 'evaluated' | 'outcome'> & {
    readonly decisionMs: number | undefined;
  },
): void {
  counts.actions += 1;
  if (!evaluated) return;
  counts.evaluated += 1;
  if (strictness(outcome) >= strictness('human_review')) counts.violations += 1;
  if (decisionMs !== undefined) counts.latency.add(decisionMs);
}

interface Target {
  readonly unit: Metric['unit'];
  readonly comparator: Metric['comparator'];
  readonly target: number;
}

function against(target: Target, value: number | undefined, count: number): Metric {
  if (value === undefined || count === 0) return { ...target, status: 'not_assessed', count: 0 };
  const met = target.comparator === 'gt' ? value > target.target : value < target.target;
  return { ...target, value, status: met ? 'met' : 'not_met', count };
}

const ratio = (part: number, of: number): number | undefined => (of === 0 ? undefined : part / of);

const MAX_LATENCY_MS = 50;

/** Met when 99 of 100 decisions took less; `value` is the upper bound of its class. */
function latencyOf(latency: Histogram): Metric {
  const target = { unit: 'ms', comparator: 'lt', target: MAX_LATENCY_MS } as const;
  const value = quantile(latency, 0.99);
  if (value === undefined) return { ...target, status: 'not_assessed', count: 0 };
  const status = shareBelow(latency, MAX_LATENCY_MS) >= 0.99 ? 'met' : 'not_met';
  return { ...target, value, status, count: latency.count };
}

/** Computes the metrics from the counts. */
export function metricsOf(counts: MetricCounts): GovernanceMetrics {
  const { actions, evaluated, violations, promotions, promoted, latency } = counts;
  const above = (target: number): Target => ({ unit: 'ratio', comparator: 'gt', target });
  const below = { comparator: 'lt' } as const;
  return {
    enforcementRate: against(above(0.99), ratio(evaluated, actions), actions),
    violationRate: against(
      { ...below, unit: 'ratio', target: 0.001 },
      ratio(violations, evaluated),
      evaluated,
    ),
    decisionLatency: latencyOf(latency),
    promotionPassRate: against(above(0.95), ratio(promoted, promotions), promotions),
  };
}

/** Creates metrics that a governor keeps up to date. */
export function createMetrics(): Metrics {
  const counts = createCounts();
  return Object.freeze({
    observe: (observation: CallObservation) => countCall(counts, observation),
    recordUngoverned(actions = 1) {
      if (Number.isSafeInteger(actions) && actions > 0) counts.actions += actions;
    },
    recordPromotion(passed: boolean) {
      counts.promotions += 1;
      if (passed === true) counts.promoted += 1;
    },
    snapshot: () => metricsOf(counts),
  });
}
