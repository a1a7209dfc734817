/**
 * The verdict on a claim. `not_assessed`: its scorer gave no usable answer; it counts as
 * ungrounded.
 */
export type ClaimVerdict = 'grounded' | 'ungrounded' | 'not_assessed';

/** The verdict on an answer. */
export type GroundingStatus = 'grounded' | 'partially_grounded' | 'ungrounded';

/** The numbers a grounding is judged by. */
export interface GroundingThresholds {
  /** The average an answer must reach, 0 to 1. */
  readonly threshold: number;
  /** The score a claim must reach, 0 to 1. */
  readonly claimThreshold: number;
}

/** The parts of a claim that the rule reads. */
export interface ScoredClaim {
  readonly score: number;
  readonly verdict: ClaimVerdict;
}

/**
 * The verdict on one claim: grounded only with a source and a score at or over the threshold.
 * Anything but a number from 0 to 1 counts as not assessed and scores 0.
 */
export function judgeClaim(
  score: unknown,
  hasSource: boolean,
  { claimThreshold }: Pick<GroundingThresholds, 'claimThreshold'>,
): ScoredClaim {
  if (typeof score !== 'number' || !(score >= 0 && score <= 1)) {
    return { score: 0, verdict: 'not_assessed' };
  }
  if (!hasSource) return { score: 0, verdict: 'ungrounded' };
  return { score, verdict: score >= claimThreshold ? 'grounded' : 'ungrounded' };
}

/** The mean score over the claims; 0 when there are none. */
export function meanScore(claims: readonly Pick<ScoredClaim, 'score'>[]): number {
  if (claims.length === 0) return 0;
  return claims.reduce((sum, { score }) => sum + score, 0) / claims.length;
}

/**
 * The whole rule of this package. `grounded`: every claim is, and the average is at or over the
 * threshold. `ungrounded`: no claim is, or there are no claims. `partially_grounded`: the rest.
 *
 * @param options `average` is that of the answer, where its scorer gives one; the mean over the claims
 *   when absent.
 */
export function conclude(
  claims: readonly ScoredClaim[],
  {
    threshold,
    average: given,
  }: Pick<GroundingThresholds, 'threshold'> & { readonly average?: number },
): { readonly average: number; readonly status: GroundingStatus } {
  if (claims.length === 0) return { average: 0, status: 'ungrounded' };
  const average = given ?? meanScore(claims);
  const grounded = claims.filter(({ verdict }) => verdict === 'grounded').length;
  if (grounded === 0) return { average, status: 'ungrounded' };
  const whole = grounded === claims.length && average >= threshold;
  return { average, status: whole ? 'grounded' : 'partially_grounded' };
}
