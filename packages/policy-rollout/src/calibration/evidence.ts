import { binomialAtMost } from './binomial.js';
import { logMeanExp } from './log-mean-exp.js';

/** Labelled items of one weight (one over the probability with which they were drawn). */
export interface WeightedCounts {
  readonly weight: number;
  /** Items of the population the rate is about, on the harmless side of the threshold. */
  readonly kept: number;
  /** Those on the other side. */
  readonly lost: number;
}

/** How the bound was computed. */
export type BoundMethod = 'clopper_pearson' | 'betting';

/** The hypothesis to refute, and how. */
export interface Bound {
  readonly method: BoundMethod;
  readonly atMost: number;
  /** One minus the confidence. */
  readonly error: number;
  /** The largest weight of all items that could have been drawn. */
  readonly largestWeight: number;
}

/** Parts of the largest stake that can never ruin the bettor. */
const STAKES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.99] as const;

/**
 * Whether "the rate is above `atMost`" is refuted with the given error.
 *
 * Where everything was drawn with one probability, labelled items are independent trials with the
 * rate, so the exact binomial tail decides (Clopper and Pearson 1934). Otherwise each item is a bounded payoff
 * `weight·(lost - atMost)` whose mean is positive while the rate is above `atMost`; a wealth that
 * bets against that with fixed stakes has expectation at most 1, so that it reaches `1/error` with
 * probability at most `error` (Waudby-Smith and Ramdas, "Estimating means of bounded random
 * variables by betting", JRSS B 2024). Items that were not drawn pay nothing either way.
 */
export function isRefuted(groups: readonly WeightedCounts[], bound: Bound): boolean {
  const { atMost, error, largestWeight } = bound;
  if (bound.method === 'betting') {
    return logWealth(groups, atMost, largestWeight) >= -Math.log(error);
  }
  const lost = groups.reduce((sum, group) => sum + group.lost, 0);
  const trials = groups.reduce((sum, group) => sum + group.kept + group.lost, 0);
  return binomialAtMost(lost, trials, atMost) <= error;
}

function logWealth(
  groups: readonly WeightedCounts[],
  atMost: number,
  largestWeight: number,
): number {
  const most = 1 / (largestWeight * (1 - atMost));
  return logMeanExp(
    STAKES.map((part) => {
      const stake = part * most;
      return groups.reduce((sum, { weight, kept, lost }) => {
        const won = kept === 0 ? 0 : kept * Math.log1p(stake * weight * atMost);
        const spent = lost === 0 ? 0 : lost * Math.log1p(-stake * weight * (1 - atMost));
        return sum + won + spent;
      }, 0);
    }),
  );
}

/** How many more labels of the largest weight would be enough if all of them were favourable. */
export function missingLabels(groups: readonly WeightedCounts[], bound: Bound): number {
  const kept = groups.map(({ weight, kept }) => ({ weight, kept, lost: 0 }));
  const isEnough = (more: number): boolean =>
    isRefuted([...kept, { weight: bound.largestWeight, kept: more, lost: 0 }], bound);
  let high = 1;
  while (!isEnough(high)) high *= 2;
  let low = 0;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
