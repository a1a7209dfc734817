import { PRRIVerdict } from '../model/verdict.js';

/** Scores under this one are GREEN. */
const AMBER_FROM = 30;

/**
 * The band of a score: under 30 GREEN, from the red threshold RED, in between AMBER, fractions
 * included. Undefined for a number outside 0 to 100.
 */
export function prriBand(score: number, redThreshold: number): PRRIVerdict | undefined {
  if (!(score >= 0 && score <= 100)) return undefined;
  if (score >= redThreshold) return PRRIVerdict.RED;
  return score < AMBER_FROM ? PRRIVerdict.GREEN : PRRIVerdict.AMBER;
}
