import {
  type CanaryCounts,
  type CanaryMetric,
  type Departure,
  findDeparture,
  measureCanary,
} from './metrics.js';
import { findBreach, isExceedingNow, type LimitName, type MinuteCounts } from './minutes.js';
import type { CanaryRules } from './rules.js';

/** The result of a look at a canary. */
export type CanaryVerdict = 'continue' | 'advance' | 'rollback' | 'hold';

/** Why. */
export type CanaryReasonCode =
  | Departure
  | LimitName
  | 'collecting'
  | 'limit_exceeded_now'
  | 'ratio_not_proven'
  | 'step_passed'
  | 'finished';

/** The inputs of a verdict. */
export interface CanaryView extends CanaryCounts {
  /** The index of the running step, from 0. */
  readonly step: number;
  readonly stepStartedAtMs: number;
  /** The candidate's minutes, oldest first. */
  readonly minutes: readonly MinuteCounts[];
}

/** A verdict with its reason and the metrics behind it. */
export interface CanaryJudgement {
  readonly verdict: CanaryVerdict;
  readonly reasonCode: CanaryReasonCode;
  readonly reason: string;
  readonly metrics: readonly CanaryMetric[];
}

/**
 * The whole rule of a canary: pure and total.
 *
 * `rollback` if a sequential test has reached its threshold, or a limit was exceeded for the set
 * number of consecutive minutes; `continue` while the step is too young or too small; `hold` if the
 * step could end but a condition is not met; else `advance`. The tests stay valid however often
 * this is called: they roll back a candidate that is no different with probability at most `alpha`.
 * The limits on errors and latency are absolute and not part of that promise.
 */
export function judgeCanary(rules: CanaryRules, view: CanaryView, nowMs: number): CanaryJudgement {
  const metrics = measureCanary(rules, view);
  const reasonCode = findReason(rules, view, nowMs, metrics);
  return { verdict: VERDICTS[reasonCode], reasonCode, reason: REASONS[reasonCode], metrics };
}

function findReason(
  rules: CanaryRules,
  view: CanaryView,
  nowMs: number,
  metrics: readonly CanaryMetric[],
): CanaryReasonCode {
  const bad = findDeparture(rules, view) ?? findBreach(rules, view.minutes, nowMs);
  if (bad !== undefined) return bad;
  const { minCandidateUnits, minDurationMs, provenRatio } = rules.advance;
  const units = view.steps[view.step]?.candidate.units ?? 0;
  const ageMs = nowMs - view.stepStartedAtMs;
  // Written so that an invalid time is no age either.
  if (!(ageMs >= minDurationMs && units >= minCandidateUnits)) return 'collecting';
  if (isExceedingNow(rules, view.minutes)) return 'limit_exceeded_now';
  const upper = metrics[0]?.upper ?? Number.POSITIVE_INFINITY;
  if (provenRatio !== undefined && upper > provenRatio) return 'ratio_not_proven';
  return view.step === rules.steps.length - 1 ? 'finished' : 'step_passed';
}

const VERDICTS: Readonly<Record<CanaryReasonCode, CanaryVerdict>> = {
  block_rate_increase: 'rollback',
  block_rate_decrease: 'rollback',
  overturn_rate_increase: 'rollback',
  error_rate: 'rollback',
  latency: 'rollback',
  collecting: 'continue',
  limit_exceeded_now: 'hold',
  ratio_not_proven: 'hold',
  step_passed: 'advance',
  finished: 'advance',
};

const REASONS: Readonly<Record<CanaryReasonCode, string>> = {
  block_rate_increase: 'The candidate blocks more than tolerated.',
  block_rate_decrease: 'The candidate blocks less than tolerated.',
  overturn_rate_increase: 'Reviewers overturn the candidate more often than tolerated.',
  error_rate: 'The error rate was above its limit for too many consecutive minutes.',
  latency: 'The latency was above its limit for too many consecutive minutes.',
  collecting: 'The step is not over yet.',
  limit_exceeded_now: 'The step could be over, but a limit is being exceeded.',
  ratio_not_proven: 'The step could be over, but the ratio of block rates is not proven yet.',
  step_passed: 'The step passed.',
  finished: 'The last step passed.',
};
