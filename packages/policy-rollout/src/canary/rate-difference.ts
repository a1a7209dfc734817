import { logBeta } from '@spanforge/core-events/statistics';

/** Events among the observations of one arm. */
export interface ArmCounts {
  readonly units: number;
  readonly events: number;
}

/** Both arms. */
export interface Arms<Value> {
  readonly candidate: Value;
  readonly baseline: Value;
}

/**
 * The logarithm of an e-process against "the candidate's rate exceeds the baseline's by at most
 * `difference`", for two streams of independent Bernoulli observations in any order.
 *
 * The numerator predicts each arm by a Beta(1/2, 1/2) mixture, the denominator is the largest
 * likelihood the hypothesis allows. Against each pair of rates in the hypothesis the numerator is a
 * martingale that starts at 1, and the e-process is nowhere above it: it ever reaches `1/alpha`
 * with probability at most `alpha`. This is universal inference (Wasserman, Ramdas and
 * Balakrishnan, PNAS 2020) in its sequential form; see Ramdas, Grünwald, Vovk and Shafer,
 * "Game-theoretic statistics and safe anytime-valid inference" (Statistical Science 2023).
 */
export function logDifferenceEvidence(
  { candidate, baseline }: Arms<ArmCounts>,
  difference: number,
): number {
  const predicted = logMixture(candidate) + logMixture(baseline);
  return predicted - logLargestLikelihood({ candidate, baseline }, difference);
}

function logMixture({ units, events }: ArmCounts): number {
  return logBeta(events + 0.5, units - events + 0.5) - logBeta(0.5, 0.5);
}

const share = ({ units, events }: ArmCounts): number => (units === 0 ? 0.5 : events / units);

function logLikelihood({ units, events }: ArmCounts, rate: number): number {
  const term = (count: number, value: number): number =>
    count === 0 ? 0 : count * Math.log(value);
  return term(events, rate) + term(units - events, 1 - rate);
}

/** Over all pairs of rates with `candidate - baseline <= difference`. */
function logLargestLikelihood(arms: Arms<ArmCounts>, difference: number): number {
  const { candidate, baseline } = arms;
  const free =
    logLikelihood(candidate, share(candidate)) + logLikelihood(baseline, share(baseline));
  // An arm without observations fits whatever the other needs.
  if (candidate.units === 0 || baseline.units === 0) return free;
  if (share(candidate) - share(baseline) <= difference) return free;
  // The likelihood is concave, so the constrained largest lies on the edge, where it has one peak.
  const onEdge = (rate: number): number =>
    logLikelihood(baseline, rate) + logLikelihood(candidate, rate + difference);
  let low = Math.max(0, -difference);
  let high = Math.min(1, 1 - difference);
  for (let round = 0; round < 60; round += 1) {
    const left = low + (high - low) * 0.382;
    const right = low + (high - low) * 0.618;
    if (onEdge(left) < onEdge(right)) low = left;
    else high = right;
  }
  return Math.max(onEdge(low), onEdge(high), onEdge((low + high) / 2));
}

/**
 * Bounds of the difference between the candidate's rate and the baseline's, valid at every look at
 * once: every difference outside has been refuted at `logThreshold` on its side.
 */
export function differenceBounds(
  arms: Arms<ArmCounts>,
  logThreshold: number,
): { readonly lower: number; readonly upper: number } {
  const swapped = { candidate: arms.baseline, baseline: arms.candidate };
  return {
    lower: largestRefuted(arms, logThreshold),
    upper: -largestRefuted(swapped, logThreshold),
  };
}

/** The largest difference that is refuted as "at most this"; -1 where none is. */
function largestRefuted(arms: Arms<ArmCounts>, logThreshold: number): number {
  let low = -1;
  let high = 1;
  for (let halving = 0; halving < 40; halving += 1) {
    const middle = (low + high) / 2;
    if (logDifferenceEvidence(arms, middle) >= logThreshold) low = middle;
    else high = middle;
  }
  return low;
}
