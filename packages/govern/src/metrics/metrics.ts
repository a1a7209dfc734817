import { strictness } from '@spanforge/core-events';
import { createHistogram, type Histogram, quantile, shareBelow } from './histogram.js';
import type { CallObservation, GovernObserver } from './observer.js';

/** Whether a target is met; `not_assessed` where there is nothing to tell by. */
export type TargetStatus = 'met' | 'not_met' | 'not_assessed';

/** One figure beside its target. */
export interface Metric {
  /** A ratio 0..1, or milliseconds; absent where there is nothing to tell by. */
  readonly value?: number;
  readonly unit: 'ratio' | 'ms';
  /** The value is to be above it, or below it. */
  readonly comparator: 'gt' | 'lt';
  readonly target: number;
  readonly status: TargetStatus;
  /** How many cases the value rests on. */
  readonly count: number;
}

/** The documented metrics. */
export interface GovernanceMetrics {
  /** Actions that were evaluated, of all that are known of; target above 0.99. */
  readonly enforcementRate: Metric;
  /** Actions that were blocked or sent to review, of those evaluated; target below 0.001. */
  readonly violationRate: Metric;
  /** From the action to its decision, 99th percentile, an upper bound; target below 50 ms. */
  readonly decisionLatency: Metric;
  /** Candidates that passed evaluation and governance gates; target above 0.95. */
  readonly promotionPassRate: Metric;
}

/** Counts that the metrics are made of. */
export interface Tally {
  actions: number;
  evaluated: number;
  violations: number;
  promotions: number;
  promoted: number;
  readonly latency: Histogram;
}

/** Metrics of what one process governs. */
export interface Metrics {
  /** To be given to a governor as `observe`. */
  readonly observe: GovernObserver;
  /** Counts actions that took another way: a governor cannot see them. */
  recordUngoverned(actions?: number): void;
  /** Counts a candidate that went through the promotion gates. */
  recordPromotion(passed: boolean): void;
  snapshot(): GovernanceMetrics;
}

/** Empty counts. */
export function createTally(): Tally {
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
  tally: Tally,
  {
    evaluated,
    outcome,
    decisionMs,
  }: Pick<CallObservation, 'evaluated' | 'outcome'> & {
    readonly decisionMs: number | undefined;
  },
): void {
  tally.actions += 1;
  if (!evaluated) return;
  tally.evaluated += 1;
  if (strictness(outcome) >= strictness('human_review')) tally.violations += 1;
  if (decisionMs !== undefined) tally.latency.add(decisionMs);
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

/** Met where 99 of 100 decisions took less; `value` is told as the upper bound of its class. */
function latencyOf(latency: Histogram): Metric {
  const target = { unit: 'ms', comparator: 'lt', target: MAX_LATENCY_MS } as const;
  const value = quantile(latency, 0.99);
  if (value === undefined) return { ...target, status: 'not_assessed', count: 0 };
  const status = shareBelow(latency, MAX_LATENCY_MS) >= 0.99 ? 'met' : 'not_met';
  return { ...target, value, status, count: latency.count };
}

/** The metrics that counts amount to. */
export function metricsOf(tally: Tally): GovernanceMetrics {
  const { actions, evaluated, violations, promotions, promoted, latency } = tally;
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
  const tally = createTally();
  return Object.freeze({
    observe: (observation: CallObservation) => countCall(tally, observation),
    recordUngoverned(actions = 1) {
      if (Number.isSafeInteger(actions) && actions > 0) tally.actions += actions;
    },
    recordPromotion(passed: boolean) {
      tally.promotions += 1;
      if (passed === true) tally.promoted += 1;
    },
    snapshot: () => metricsOf(tally),
  });
}
