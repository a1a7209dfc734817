import { clopperPearsonLower, clopperPearsonUpper, mcNemarExact } from './binomial.js';

/** Counts of cases that were run on both sides. */
export interface PairCounts {
  /** All pairs, including those that agree. */
  readonly cases: number;
  /** The baseline passed, the candidate did not. */
  readonly worse: number;
  /** The candidate passed, the baseline did not. */
  readonly better: number;
}

/** The result of testing paired results. */
export interface PairedVerdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** p-value of the test that the candidate is worse. */
  readonly pValue: number;
  /** Pass rate of the baseline minus that of the candidate: above 0 the candidate is worse. */
  readonly difference: number;
  /** Bounds of the difference, each at its own alpha. */
  readonly lower: number;
  readonly upper: number;
  /** The smallest difference that this many cases could have shown. */
  readonly smallestEffect: number;
}

/** The smallest number of pairs that fails the exact test if all are worse: 5 at alpha 0.05. */
export function fewestDiscordant(alpha: number): number {
  return Math.ceil(Math.log(alpha) / Math.log(0.5) - 1e-12);
}

/**
 * Judges paired results that are checked once; exact for any number of cases.
 *
 * FAIL: the one-sided exact test of McNemar says worse at `alpha`. PASS: the upper bound of the
 * difference, from two Clopper-Pearson bounds that share `alpha`, is below `margin`. Otherwise
 * inconclusive. Each error has probability at most `alpha`, whatever the rates are.
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
