import type { LabelledObservation } from '@spanforge/policy';
import { type Bound, type BoundMethod, isRefuted, missingLabels } from './evidence.js';
import { type CheckedGoal, readCalibration, type ThresholdGoal } from './labelled.js';

/** Why no threshold can be suggested, whatever the labels are. */
export type CalibrationRefusal = 'no_observations' | 'sampling_unknown' | 'no_audit_sample';

/** A threshold with its bound, or what is missing to find one. */
export type ThresholdSuggestion =
  | {
      readonly kind: 'threshold';
      readonly threshold: number;
      /** The bounded rate, its bound, and the confidence. */
      readonly goal: CheckedGoal['goal'];
      readonly atMost: number;
      readonly confidence: number;
      readonly method: BoundMethod;
      /** Labels the bound rests on. */
      readonly labels: number;
      /**
       * The rate among them at this threshold, weighted by how they were drawn; an estimate, not a
       * bound.
       */
      readonly estimate: number;
    }
  | {
      readonly kind: 'more_labels';
      /**
       * The kind of labels that are missing, and the least number of them if all are favourable.
       */
      readonly of: 'true_positive' | 'false_positive';
      readonly missing: number;
      readonly labels: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'refused';
      readonly reasonCode: CalibrationRefusal;
      readonly reason: string;
    };

/**
 * Suggests the most useful threshold whose false-positive rate (or miss rate) is at most `atMost`
 * with the given confidence: the lowest that still flags few enough harmless calls, or the highest
 * that still misses few enough harmful ones. Pure.
 *
 * The guarantee is over the random draw of the observations, for traffic like theirs, at any sample
 * size and without an assumption on the distribution. It follows Bates, Angelopoulos, Lei, Malik and
 * Jordan, "Distribution-free, risk-controlling prediction sets" (JACM 2021): thresholds are tried
 * from the safest on, and the last one before the first that cannot be proven is taken. That is
 * fixed-sequence testing as in Angelopoulos et al., "Learn then test" (AOAS 2025), with an exact test.
 *
 * Labels exist only where a call was reviewed, and a policy's reviewers see what it flagged. So it
 * refuses without labels from a random audit of calls that were not flagged, each call with the
 * probability it was drawn with; labels are weighted by one over it. Give a call that was drawn for
 * review and has no answer as `needs_tuning`; it counts against the threshold.
 *
 * @throws {PolicyError} `POLICY_CALIBRATION_INVALID`.
 */
export function suggestThreshold(
  observations: readonly LabelledObservation[],
  goal: ThresholdGoal,
): ThresholdSuggestion {
  const checked = readCalibration(observations, goal);
  return findRefusal(checked.observations) ?? sweep(checked.observations, checked.goal);
}

const REFUSALS: Readonly<Record<CalibrationRefusal, string>> = {
  no_observations: 'There are no observations.',
  sampling_unknown:
    'For some calls it is not recorded with which probability they were drawn for review.',
  no_audit_sample:
    'No call that was not flagged has a label: draw some of them at random for review, and record the probability.',
};

function findRefusal(
  observations: readonly LabelledObservation[],
): ThresholdSuggestion | undefined {
  const refuse = (reasonCode: CalibrationRefusal): ThresholdSuggestion => {
    return { kind: 'refused', reasonCode, reason: REFUSALS[reasonCode] };
  };
  if (observations.length === 0) return refuse('no_observations');
  const isUnknown = observations.some(
    ({ samplingProbability }) => samplingProbability === undefined,
  );
  if (isUnknown) return refuse('sampling_unknown');
  const isAudited = observations.some(({ flagged, label }) => !flagged && label !== 'unlabelled');
  return isAudited ? undefined : refuse('no_audit_sample');
}

/** A labelled item on a line where a threshold grows safer from left to right. */
interface Item {
  readonly at: number;
  readonly weight: number;
  /** Whether reviewers labelled the item with what the rate counts. */
  readonly isSure: boolean;
}

function sweep(
  observations: readonly LabelledObservation[],
  goal: CheckedGoal,
): ThresholdSuggestion {
  const weights = observations.map(({ samplingProbability = 1 }) => 1 / samplingProbability);
  const bound: Bound = {
    method: new Set(weights).size === 1 ? 'clopper_pearson' : 'betting',
    atMost: goal.atMost,
    error: 1 - goal.confidence,
    largestWeight: weights.reduce((most, weight) => Math.max(most, weight), 1),
  };
  // A rule that flags below its threshold is the mirror image of one that flags above; so is a
  // missed call.
  const mirror = (goal.flags === 'above') === (goal.goal === 'false_positive_rate') ? 1 : -1;
  const about = goal.goal === 'false_positive_rate' ? 'false_positive' : 'true_positive';
  const items: Item[] = [];
  for (const { observed, label, samplingProbability = 1 } of observations) {
    if (label !== about && label !== 'needs_tuning') continue;
    items.push({ at: mirror * observed, weight: 1 / samplingProbability, isSure: label === about });
  }
  const labels = items.filter(({ isSure }) => isSure).length;
  const places = observations.map(({ observed }) => mirror * observed);
  const found = findSafest(items, places, bound, goal.goal === 'miss_rate');
  if (found.place === undefined) {
    const missing = missingLabels(found.groups, bound);
    const reason = 'Too few labels to prove any threshold.';
    return { kind: 'more_labels', of: about, missing, labels, reason };
  }
  const { atMost, confidence } = goal;
  const { estimate } = found;
  const threshold = mirror * found.place === 0 ? 0 : mirror * found.place;
  const told = { goal: goal.goal, atMost, confidence, method: bound.method, labels, estimate };
  return { kind: 'threshold', threshold, ...told };
}

type Groups = Map<number, { weight: number; kept: number; lost: number }>;

/**
 * The last place, from the safest on, that can be proven. An item is lost once it stands beyond the
 * place; `inclusive` when standing on it is enough.
 */
function findSafest(
  items: readonly Item[],
  places: readonly number[],
  bound: Bound,
  inclusive: boolean,
) {
  const groups: Groups = new Map();
  for (const { weight, isSure } of items) {
    const group = groups.get(weight) ?? { weight, kept: 0, lost: 0 };
    if (isSure) group.kept += 1;
    groups.set(weight, group);
  }
  const left = [...items].sort((a, b) => a.at - b.at);
  const candidates = [...new Set(places)].sort((a, b) => b - a);
  // With `inclusive`, only a place beyond the last item loses none.
  if (inclusive) candidates.unshift(nextUp(candidates[0] ?? 0));
  let place: number | undefined;
  let estimate = 0;
  for (const candidate of candidates) {
    for (let last = left.at(-1); last !== undefined; last = left.at(-1)) {
      if (inclusive ? last.at < candidate : last.at <= candidate) break;
      lose(groups, last);
      left.pop();
    }
    if (!isRefuted([...groups.values()], bound)) break;
    place = candidate;
    estimate = rateOf(groups);
  }
  return { place, estimate, groups: [...groups.values()] };
}

function lose(groups: Groups, { weight, isSure }: Item): void {
  const group = groups.get(weight);
  if (group === undefined) return;
  group.lost += 1;
  if (isSure) group.kept -= 1;
}

function rateOf(groups: Groups): number {
  let lost = 0;
  let all = 0;
  for (const group of groups.values()) {
    lost += group.weight * group.lost;
    all += group.weight * (group.lost + group.kept);
  }
  return all === 0 ? 0 : lost / all;
}

/** The next larger double. */
function nextUp(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value === 0 ? 0 : value);
  const bits = view.getBigInt64(0);
  view.setBigInt64(0, value >= 0 ? bits + 1n : bits - 1n);
  return view.getFloat64(0);
}
