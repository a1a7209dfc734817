import { incompleteBeta } from '@spanforge/core-events/statistics';
import { inverseIncompleteBeta } from './beta.js';

/** P(X >= k) for X ~ Binomial(n, p). */
export function binomialUpperTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  return incompleteBeta(p, k, n - k + 1);
}

/** Lower one-sided Clopper-Pearson bound (1934): P(p < bound) <= alpha, for any n. */
export function clopperPearsonLower(k: number, n: number, alpha: number): number {
  return k <= 0 || n <= 0 ? 0 : inverseIncompleteBeta(alpha, k, n - k + 1);
}

/** Upper one-sided Clopper-Pearson bound. */
export function clopperPearsonUpper(k: number, n: number, alpha: number): number {
  return k >= n || n <= 0 ? 1 : inverseIncompleteBeta(1 - alpha, k + 1, n - k);
}

/**
 * The one-sided exact test of McNemar: the probability of at least `worse` worse pairs among those
 * that differ, if the two sides were the same. 1 if none differ.
 */
export function mcNemarExact(worse: number, better: number): number {
  return worse + better === 0 ? 1 : binomialUpperTail(worse, worse + better, 0.5);
}
