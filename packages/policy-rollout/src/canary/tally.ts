import { bucketOfUnit, isCandidate } from './bucket.js';
import type { CanaryCounts, StepCounts } from './metrics.js';
import { addMinutes, type MinuteCounts } from './minutes.js';
import type { ArmCounts } from './rate-difference.js';
import type { CanaryRules } from './rules.js';

/** Which decider a unit is on. */
export type CanaryArmName = 'baseline' | 'candidate';

/** The observations of a canary; a unit that is reported twice counts once. */
export interface Observed {
  readonly seen: readonly string[];
  /** Of the units seen, now or before. */
  readonly blocked: readonly string[];
  readonly reviewed: Readonly<Record<CanaryArmName, readonly string[]>>;
  readonly overturned: Readonly<Record<CanaryArmName, readonly string[]>>;
  readonly minutes: readonly MinuteCounts[];
}

/** Counts, and the units behind them. */
export interface CanaryTally extends CanaryCounts {
  readonly minutes: readonly MinuteCounts[];
  /** Of the running step. */
  readonly seen: ReadonlySet<string>;
  readonly blocked: ReadonlySet<string>;
  /** Of the whole canary. */
  readonly reviewed: ReadonlySet<string>;
}

/** A copy of a tally that a look can add to without changing the tally. */
export interface Added {
  readonly counts: CanaryCounts & { readonly minutes: readonly MinuteCounts[] };
  readonly seen: ReadonlySet<string>;
  readonly blocked: ReadonlySet<string>;
  readonly reviewed: ReadonlySet<string>;
}

/** The number of units that one step counts; later ones are decided but not counted. */
export const MAX_UNITS = 200_000;

const NONE: ArmCounts = { units: 0, events: 0 };

export function emptyTally(rules: CanaryRules): CanaryTally {
  const none = () => new Set<string>();
  return {
    steps: [openStep(rules, 0)],
    reviews: { candidate: NONE, baseline: NONE },
    minutes: [],
    seen: none(),
    blocked: none(),
    reviewed: none(),
  };
}

/** The counts of a step that begins. */
export function openStep({ steps }: CanaryRules, step: number): StepCounts {
  return {
    from: steps[step - 1] ?? 0,
    percent: steps[step] ?? 100,
    candidate: NONE,
    baseline: NONE,
  };
}

/** Adds observations to a tally; pure. */
export function addObserved(tally: CanaryTally, observed: Observed, rules: CanaryRules): Added {
  const step = tally.steps.at(-1) ?? openStep(rules, 0);
  const seen = new Set<string>();
  const blocked = new Set<string>();
  const add = { candidate: { ...NONE }, baseline: { ...NONE } };
  for (const unit of observed.seen) {
    if (tally.seen.has(unit) || seen.has(unit) || !isFresh(unit, step)) continue;
    if (tally.seen.size + seen.size >= MAX_UNITS) break;
    seen.add(unit);
    add[armOf(unit, step)].units += 1;
  }
  for (const unit of observed.blocked) {
    if (tally.blocked.has(unit) || blocked.has(unit)) continue;
    if (!tally.seen.has(unit) && !seen.has(unit)) continue;
    blocked.add(unit);
    add[armOf(unit, step)].events += 1;
  }
  const { reviews, reviewed } = addReviews(tally, observed);
  const grown = {
    ...step,
    candidate: sum(step.candidate, add.candidate),
    baseline: sum(step.baseline, add.baseline),
  };
  const minutes = addMinutes(tally.minutes, observed.minutes, 3 * rules.limits.minutes);
  const steps = [...tally.steps.slice(0, -1), grown];
  return { counts: { steps, reviews, minutes }, seen, blocked, reviewed };
}

/**
 * Units on the candidate in the step before were known when this one began, so they give no new
 * evidence.
 */
export function isFresh(unit: string, { from }: Pick<StepCounts, 'from'>): boolean {
  return !isCandidate(bucketOfUnit(unit), from);
}

function armOf(unit: string, { percent }: StepCounts): CanaryArmName {
  return isCandidate(bucketOfUnit(unit), percent) ? 'candidate' : 'baseline';
}

/** The first review of a unit counts, for the arm that decided. */
function addReviews(tally: CanaryTally, observed: Observed) {
  const reviewed = new Set<string>();
  const count = (arm: CanaryArmName): ArmCounts => {
    const overturned = new Set(observed.overturned[arm]);
    let counts = tally.reviews[arm];
    for (const unit of observed.reviewed[arm]) {
      if (tally.reviewed.has(unit) || reviewed.has(unit)) continue;
      reviewed.add(unit);
      counts = sum(counts, { units: 1, events: overturned.has(unit) ? 1 : 0 });
    }
    return counts;
  };
  return { reviews: { candidate: count('candidate'), baseline: count('baseline') }, reviewed };
}

const sum = (a: ArmCounts, b: ArmCounts): ArmCounts => ({
  units: a.units + b.units,
  events: a.events + b.events,
});
