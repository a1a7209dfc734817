import type { MinuteCounts } from './minutes.js';
import { addMinutes, minuteOf } from './minutes.js';
import {
  type CanaryArmName,
  type CanaryTally,
  isFresh,
  MAX_UNITS,
  type Observed,
} from './tally.js';

/** A call of the candidate that ran. */
export interface CandidateCall {
  readonly timeMs: number;
  readonly latencyMs: number;
  readonly error: boolean;
}

/** What this process has observed and not recorded yet. */
export interface PendingObservations {
  readonly size: number;
  unit(step: number, tally: CanaryTally, unit: string, blocked: boolean): void;
  review(arm: CanaryArmName, unit: string, overturned: boolean): void;
  call(call: CandidateCall): void;
  /**
   * The oldest observations, at most as many as fit into one record. Those of an earlier step are
   * dropped.
   */
  take(step: number): Observed;
  /** Forgets what was recorded. */
  drop(observed: Observed): void;
}

/** Per record: 8 bytes a unit, and a record holds 65,535. */
const MAX_SEEN = 3000;
const MAX_BLOCKED = 1000;
const MAX_REVIEWED = 400;
const KEEP_MINUTES = 180;

const negated = ({ minute, calls, errors, latencyMs }: MinuteCounts): MinuteCounts => ({
  ...{ minute, calls: -calls, errors: -errors, latencyMs: -latencyMs },
});

type Reviews = Readonly<Record<CanaryArmName, Map<string, boolean>>>;

const some = <Value>(values: Iterable<Value>, limit: number): Value[] =>
  [...values].slice(0, limit);

function takeReviews({ candidate, baseline }: Reviews) {
  const reviewed = {
    candidate: some(candidate.keys(), MAX_REVIEWED),
    baseline: some(baseline.keys(), MAX_REVIEWED),
  };
  const overturned = {
    candidate: reviewed.candidate.filter((unit) => candidate.get(unit) === true),
    baseline: reviewed.baseline.filter((unit) => baseline.get(unit) === true),
  };
  return { reviewed, overturned };
}

export function createPendingObservations(): PendingObservations {
  let atStep = 0;
  const seen = new Set<string>();
  const blocked = new Set<string>();
  const reviews = { candidate: new Map<string, boolean>(), baseline: new Map<string, boolean>() };
  let minutes: readonly MinuteCounts[] = [];

  function enter(step: number): void {
    if (step === atStep) return;
    atStep = step;
    seen.clear();
    blocked.clear();
  }

  return {
    get size() {
      const reviewed = reviews.candidate.size + reviews.baseline.size;
      return seen.size + blocked.size + reviewed + minutes.length;
    },
    unit(step, tally, unit, isBlocked) {
      enter(step);
      const current = tally.steps.at(-1);
      if (current === undefined || !isFresh(unit, current)) return;
      const known = tally.seen.has(unit) || seen.has(unit);
      if (!known) {
        if (tally.seen.size + seen.size >= MAX_UNITS) return;
        seen.add(unit);
      }
      if (isBlocked && !tally.blocked.has(unit)) blocked.add(unit);
    },
    review(arm, unit, overturned) {
      if (!reviews[arm].has(unit)) reviews[arm].set(unit, overturned);
    },
    call({ timeMs, latencyMs, error }) {
      const one = { minute: minuteOf(timeMs), calls: 1, errors: error ? 1 : 0, latencyMs };
      minutes = addMinutes(minutes, [one], KEEP_MINUTES);
    },
    take(step) {
      enter(step);
      const left = new Set([...seen].slice(MAX_SEEN));
      return {
        seen: some(seen, MAX_SEEN),
        blocked: [...blocked].filter((unit) => !left.has(unit)).slice(0, MAX_BLOCKED),
        ...takeReviews(reviews),
        minutes: minutes.map((one) => ({ ...one })),
      };
    },
    drop(observed) {
      for (const unit of observed.seen) seen.delete(unit);
      for (const unit of observed.blocked) blocked.delete(unit);
      for (const arm of ['candidate', 'baseline'] as const) {
        for (const unit of observed.reviewed[arm]) reviews[arm].delete(unit);
      }
      const taken = observed.minutes.map(negated);
      minutes = addMinutes(minutes, taken, KEEP_MINUTES).filter(({ calls }) => calls > 0);
    },
  };
}
