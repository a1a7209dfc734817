import { clopperPearsonLower, clopperPearsonUpper, mcNemarExact } from './binomial.js';

/** Pairs of one case run on both sides. */
export interface PairCounts {
  /** All pairs, those that agree included. */
  readonly cases: number;
  /** The baseline passed, the candidate did not. */
  readonly worse: number;
  /** The candidate passed, the baseline did not. */
  readonly better: number;
}

/** What a look at paired results comes to. */
export interface PairedVerdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** Of the test that the candidate is worse. */
  readonly pValue: number;
  /** The difference in pass rates, baseline less candidate: above 0 the candidate is worse. */
  readonly difference: number;
  /** Bounds of the difference, each at its own alpha. */
  readonly lower: number;
  readonly upper: number;
  /** The smallest difference that could have been told from none with this many cases. */
  readonly smallestEffect: number;
}

/** The fewest pairs that all have to be worse for the exact test to fail: 5 at alpha 0.05. */
export function fewestDiscordant(alpha: number): number {
  return Math.ceil(Math.log(alpha) / Math.log(0.5) - 1e-12);
}

/**
 * Judges paired results that are looked at once, exactly for any number of cases.
 *
 * FAIL: the one-sided exact test of McNemar says worse at `alpha`. PASS: the upper bound of the
 * difference, from two Clopper-Pearson bounds that share `alpha`, stays under `margin`. Neither:
 * inconclusive. Each error is at most `alpha` whatever the rates are.
 */
export function judgePairs(
  { cases, worse, better }: PairCounts,
  { alpha, margin }: { readonly alpha: number; readonly margin: number },
): PairedVerdict {
  const pValue = mcNemarExact(worse, better);
  const half = alpha / 2;
  const upper = clopperPearsonUpper(worse, cases, half) - clopperPearsonLower(better, cases, half);
  const lower = clopperPearsonLower(worse, cases, half) - clopperPearsonUpper(better, cases, half);
  const difference = cases === 0 ? 0 : (worse - better) / cases;
  const failed = pValue <= alpha && difference > 0;
  const passed = !failed && cases > 0 && upper < margin;
  return {
    verdict: failed ? 'fail' : passed ? 'pass' : 'inconclusive',
    ...{ pValue, difference, lower, upper },
    smallestEffect: cases === 0 ? 1 : Math.min(1, fewestDiscordant(alpha) / cases),
  };
}
