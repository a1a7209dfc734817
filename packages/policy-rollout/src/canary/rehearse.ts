import { isCandidate } from './bucket.js';
import {
  type CanaryCounts,
  type CanaryMetric,
  type Departure,
  findDeparture,
  measureCanary,
  type StepCounts,
} from './metrics.js';
import type { ArmCounts } from './rate-difference.js';
import type { CanaryRules } from './rules.js';
import { type CanaryArmName, openStep } from './tally.js';

/** One unit of recorded or simulated traffic, and the decision of each arm. */
export interface RehearsedUnit {
  /** From {@link bucketOf}, or drawn. */
  readonly bucket: number;
  /** Whether the arm blocks the unit. */
  readonly blocked: Readonly<Record<CanaryArmName, boolean>>;
  /** Whether a reviewer overturns the arm's decision; absent if nobody reviews it. */
  readonly overturned?: Readonly<Partial<Record<CanaryArmName, boolean>>>;
}

/** How a rehearsal ended. */
export interface Rehearsal {
  /** `unfinished` when the traffic ended first. */
  readonly end: 'rolled_back' | 'finished' | 'unfinished';
  readonly reasonCode?: Departure;
  /** The step it ended in, from 0. */
  readonly step: number;
  /** The number of units, and of those that the candidate decided. */
  readonly units: number;
  readonly candidateUnits: number;
  readonly metrics: readonly CanaryMetric[];
}

/**
 * Sends traffic through a canary without regard to time: it looks after every unit, advances as
 * soon as a step has `minCandidateUnits`, and stops at the first departure. Errors, latency,
 * durations and `provenRatio` are left out. Pure, apart from taking the units one by one.
 */
export function rehearseCanary(rules: CanaryRules, units: Iterable<RehearsedUnit>): Rehearsal {
  let counts: CanaryCounts = {
    steps: [openStep(rules, 0)],
    reviews: { candidate: NONE, baseline: NONE },
  };
  let total = 0;
  let candidateUnits = 0;
  const end = (how: Rehearsal['end'], reasonCode?: Departure): Rehearsal => {
    const step = counts.steps.length - 1;
    const metrics = measureCanary(rules, counts);
    const told = { end: how, step, units: total, candidateUnits, metrics };
    return reasonCode === undefined ? told : { ...told, reasonCode };
  };
  for (const unit of units) {
    total += 1;
    const step = counts.steps.at(-1);
    if (step === undefined) break;
    const arm = isCandidate(unit.bucket, step.percent) ? 'candidate' : 'baseline';
    if (arm === 'candidate') candidateUnits += 1;
    const seen = see(counts, step, arm, unit);
    counts = seen.counts;
    // Only an event or a review changes the evidence; otherwise the last look still applies.
    const departure = seen.isNews ? findDeparture(rules, counts) : undefined;
    if (departure !== undefined) return end('rolled_back', departure);
    if ((counts.steps.at(-1)?.candidate.units ?? 0) < rules.advance.minCandidateUnits) continue;
    if (counts.steps.length === rules.steps.length) return end('finished');
    counts = { ...counts, steps: [...counts.steps, openStep(rules, counts.steps.length)] };
  }
  return end('unfinished');
}

const NONE: ArmCounts = { units: 0, events: 0 };

function see(
  counts: CanaryCounts,
  step: StepCounts,
  arm: CanaryArmName,
  unit: RehearsedUnit,
): { readonly counts: CanaryCounts; readonly isNews: boolean } {
  const overturned = unit.overturned?.[arm];
  const reviews =
    overturned === undefined
      ? counts.reviews
      : { ...counts.reviews, [arm]: more(counts.reviews[arm], overturned) };
  if (isCandidate(unit.bucket, step.from)) {
    return { counts: { ...counts, reviews }, isNews: overturned !== undefined };
  }
  const blocked = unit.blocked[arm];
  const grown = { ...step, [arm]: more(step[arm], blocked) };
  const steps = [...counts.steps.slice(0, -1), grown];
  return { counts: { steps, reviews }, isNews: blocked || overturned !== undefined };
}

const more = ({ units, events }: ArmCounts, isEvent: boolean): ArmCounts => ({
  units: units + 1,
  events: events + (isEvent ? 1 : 0),
});
