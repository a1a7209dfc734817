import { logMeanExp } from '../calibration/log-mean-exp.js';

/** Events of one step, split by a coin that came up `candidate` with a known share. */
export interface SplitEvents {
  /** The share of fresh units that go to the candidate, between 0 and 1. */
  readonly share: number;
  readonly candidate: number;
  readonly baseline: number;
}

/** The kind of departure to look for. */
export type RatioSide = 'increase' | 'decrease';

/** The effects the mixture bets on: ratios 1.25, 1.25², … up to about 18, each with equal weight. */
const STEP = 1.25;
const COMPONENTS = 13;

/**
 * The logarithm of an e-process against "the candidate's event rate is at most (for `decrease`: at
 * least) `ratio` times the baseline's".
 *
 * Every unit gets its arm from a coin with a known share, whatever its outcome would be. So each
 * event belongs to the candidate with probability at most `share·ratio / (share·ratio + 1 - share)`
 * under that hypothesis, given all before it, however the rate moves over the day. Each component
 * of the mixture is a likelihood ratio of such coins and hence a nonnegative supermartingale that
 * starts at 1; so is their mean, and by Ville's inequality it ever reaches `1/alpha` with
 * probability at most `alpha`, looked at as often as one likes. The method of mixtures is that of
 * Robbins (1970); conditioning on the events follows Lindon and Malek, "Anytime-valid inference for
 * multinomial count data" (NeurIPS 2022).
 */
export function logRatioEvidence(
  steps: readonly SplitEvents[],
  ratio: number,
  side: RatioSide,
): number {
  const logs: number[] = [];
  for (let component = 1; component <= COMPONENTS; component += 1) {
    const factor = side === 'increase' ? STEP ** component : STEP ** -component;
    logs.push(steps.reduce((sum, step) => sum + logLikelihoodRatio(step, ratio, factor), 0));
  }
  return logMeanExp(logs);
}

/** Of odds `ratio·factor` against odds `ratio`, both times the odds of the coin. */
function logLikelihoodRatio(
  { share, candidate, baseline }: SplitEvents,
  ratio: number,
  factor: number,
): number {
  // A coin that can only fall one way gives no evidence.
  if (share <= 0 || share >= 1) return 0;
  const odds = (ratio * share) / (1 - share);
  const shrink = Math.log1p(odds) - Math.log1p(odds * factor);
  return candidate * (Math.log(factor) + shrink) + baseline * shrink;
}

const LIMIT = 1e6;

/**
 * Bounds of the ratio of the two rates, valid at every look at once: every ratio outside has been
 * refuted at `logThreshold` on its side. Without events they are 0 and infinity.
 */
export function ratioBounds(
  steps: readonly SplitEvents[],
  logThreshold: number,
): { readonly lower: number; readonly upper: number } {
  const refuted = (ratio: number, side: RatioSide): boolean =>
    logRatioEvidence(steps, ratio, side) >= logThreshold;
  const lower = bisect((ratio) => !refuted(ratio, 'increase'));
  const upper = bisect((ratio) => refuted(ratio, 'decrease'));
  return {
    // Rounded outwards: a bound may be a hair too wide, never too narrow.
    lower: lower.from <= 1 / LIMIT ? 0 : lower.from,
    upper: upper.to >= LIMIT ? Number.POSITIVE_INFINITY : upper.to,
  };
}

/** Where a test that is false for small ratios and true for large ones turns. */
function bisect(isAbove: (ratio: number) => boolean): { from: number; to: number } {
  let from = Math.log(1 / LIMIT);
  let to = Math.log(LIMIT);
  if (isAbove(1 / LIMIT)) return { from: 1 / LIMIT, to: 1 / LIMIT };
  if (!isAbove(LIMIT)) return { from: LIMIT, to: LIMIT };
  for (let halving = 0; halving < 50; halving += 1) {
    const middle = (from + to) / 2;
    if (isAbove(Math.exp(middle))) to = middle;
    else from = middle;
  }
  return { from: Math.exp(from), to: Math.exp(to) };
}
