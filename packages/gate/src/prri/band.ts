import { PRRIVerdict } from '../model/verdict.js';

/** Scores below this are GREEN. */
const AMBER_FROM = 30;

/**
 * The band of a score: GREEN below 30, RED at or above the red threshold, AMBER between. Undefined
 * for a number outside 0 to 100.
 */
export function prriBand(score: number, redThreshold: number): PRRIVerdict | undefined {
  if (!(score >= 0 && score <= 100)) return undefined;
  if (score >= redThreshold) return PRRIVerdict.RED;
  return score < AMBER_FROM ? PRRIVerdict.GREEN : PRRIVerdict.AMBER;
}
