import {
  type ArmCounts,
  type Arms,
  differenceBounds,
  logDifferenceEvidence,
} from './rate-difference.js';
import { logRatioEvidence, ratioBounds, type SplitEvents } from './rate-ratio.js';
import type { CanaryRules } from './rules.js';

/** The counts of one step, over units whose arm was not known before it. */
export interface StepCounts extends Arms<ArmCounts> {
  /** Percent on the candidate in the step before; its units are not counted again. */
  readonly from: number;
  readonly percent: number;
}

/** The inputs of the sequential test. */
export interface CanaryCounts {
  /** Units and blocked units, step by step. */
  readonly steps: readonly StepCounts[];
  /** Reviewed units and overturned ones. */
  readonly reviews: Arms<ArmCounts>;
}

/** A metric that is compared between the arms. */
export type CanaryMetricName = 'block_rate' | 'overturn_rate';

/** One metric: its estimate, its bounds, and the evidence against the candidate. */
export interface CanaryMetric extends Arms<ArmCounts> {
  readonly metric: CanaryMetricName;
  /** `ratio`: candidate's rate over the baseline's. `difference`: candidate's minus baseline's. */
  readonly effect: 'ratio' | 'difference';
  /** Absent while there is no data. */
  readonly estimate?: number;
  /** The bounds hold at every look at once, with confidence 1 minus the metric's part of alpha. */
  readonly lower: number;
  /** Absent when there is no upper bound yet. */
  readonly upper?: number;
  /** Natural logarithms of the e-processes against "not worse than tolerated". */
  readonly logIncrease: number;
  /** Absent where a decrease is not looked for. */
  readonly logDecrease?: number;
  /** The threshold for both; absent when the metric has no part of alpha. */
  readonly logThreshold?: number;
}

/** The sides on which the evidence has reached its threshold. */
export type Departure = 'block_rate_increase' | 'block_rate_decrease' | 'overturn_rate_increase';

/**
 * The share of fresh units that go to the candidate: those on it in the step before are left out,
 * as their arm was known when the step began.
 */
export function freshShare({ from, percent }: Pick<StepCounts, 'from' | 'percent'>): number {
  return (percent - from) / (100 - from);
}

/** The tests alone, without bounds: cheap enough to run at every observation. */
export function findDeparture(rules: CanaryRules, counts: CanaryCounts): Departure | undefined {
  const { block, overturn } = evidence(rules, counts);
  if (block.increase >= block.threshold) return 'block_rate_increase';
  if ((block.decrease ?? Number.NEGATIVE_INFINITY) >= block.threshold) return 'block_rate_decrease';
  return overturn.increase >= overturn.threshold ? 'overturn_rate_increase' : undefined;
}

/** Every metric with its estimate, bounds and evidence. */
export function measureCanary(rules: CanaryRules, counts: CanaryCounts): readonly CanaryMetric[] {
  const { block, overturn } = evidence(rules, counts);
  const steps = counts.steps.map(splitEvents);
  const units = counts.steps.filter(isCompared);
  const candidate = total(units.map((step) => step.candidate));
  const baseline = total(units.map((step) => step.baseline));
  const sides = block.decrease === undefined ? {} : { logDecrease: block.decrease };
  return [
    {
      metric: 'block_rate',
      effect: 'ratio',
      candidate,
      baseline,
      ...estimated(rateOf(candidate) / rateOf(baseline)),
      ...withoutInfinity(ratioBounds(steps, boundThreshold(rules, rules.blockRate.share))),
      logIncrease: block.increase,
      ...sides,
      ...thresholdOf(block.threshold),
    },
    {
      metric: 'overturn_rate',
      effect: 'difference',
      ...counts.reviews,
      ...estimated(rateOf(counts.reviews.candidate) - rateOf(counts.reviews.baseline)),
      ...differenceBounds(counts.reviews, boundThreshold(rules, rules.overturnRate.share)),
      logIncrease: overturn.increase,
      ...thresholdOf(overturn.threshold),
    },
  ];
}

/** Each test has its part of alpha, and the parts add up to no more than alpha. */
function evidence({ alpha, blockRate, overturnRate }: CanaryRules, counts: CanaryCounts) {
  const steps = counts.steps.map(splitEvents);
  const increase = logRatioEvidence(steps, blockRate.maxRatio, 'increase');
  const isTwoSided = blockRate.minRatio > 0;
  const overturned = logDifferenceEvidence(counts.reviews, overturnRate.maxDifference);
  return {
    block: {
      increase,
      decrease: isTwoSided ? logRatioEvidence(steps, blockRate.minRatio, 'decrease') : undefined,
      threshold: -Math.log((alpha * blockRate.share) / (isTwoSided ? 2 : 1)),
    },
    overturn: { increase: overturned, threshold: -Math.log(alpha * overturnRate.share) },
  };
}

/** A metric without a part of alpha is shown with the bounds for all of alpha. */
function boundThreshold({ alpha }: CanaryRules, share: number): number {
  return -Math.log((alpha * (share === 0 ? 1 : share)) / 2);
}

function splitEvents(step: StepCounts): SplitEvents {
  const { candidate, baseline } = step;
  return { share: freshShare(step), candidate: candidate.events, baseline: baseline.events };
}

/** At 100 percent there is no baseline to compare with. */
const isCompared = (step: StepCounts): boolean => freshShare(step) < 1;

const rateOf = ({ units, events }: ArmCounts): number => events / units;

const estimated = (estimate: number) => (Number.isFinite(estimate) ? { estimate } : {});

const thresholdOf = (logThreshold: number) =>
  Number.isFinite(logThreshold) ? { logThreshold } : {};

const withoutInfinity = ({ lower, upper }: { lower: number; upper: number }) =>
  Number.isFinite(upper) ? { lower, upper } : { lower };

function total(counts: readonly ArmCounts[]): ArmCounts {
  return {
    units: counts.reduce((sum, { units }) => sum + units, 0),
    events: counts.reduce((sum, { events }) => sum + events, 0),
  };
}
