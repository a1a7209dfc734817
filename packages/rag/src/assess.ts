import { answerOverlap, answerScore } from './score/answer.js';
import { type Examined, examine, type SourceSpan } from './score/examine.js';
import type { Cue } from './score/features.js';
import { DEFAULT_MODEL, type GroundingModel, probability } from './score/model.js';
import type { GroundingSource } from './score/passages.js';
import {
  type ClaimVerdict,
  conclude,
  type GroundingStatus,
  judgeClaim,
  meanScore,
} from './status.js';

/** One claim of an answer, judged. Offsets are UTF-16 code units of the answer, end exclusive. */
export interface AssessedClaim {
  readonly start: number;
  readonly end: number;
  readonly kind: 'statement' | 'question' | 'row' | 'code';
  /** How likely it is that the sources support the claim, 0 to 1. */
  readonly score: number;
  readonly verdict: ClaimVerdict;
  /** The parts of the sources nearest to the claim, nearest first. */
  readonly support: readonly SourceSpan[];
  /** What contradicts the claim or could not be found. */
  readonly cues: readonly Cue[];
}

/** An answer judged against its sources. */
export interface GroundingAssessment {
  /**
   * Score of the answer, 0 to 1. It follows from the mean score of its claims and from the share of
   * its words that the sources have. 0 when there are no claims.
   */
  readonly average: number;
  readonly status: GroundingStatus;
  readonly threshold: number;
  readonly claimThreshold: number;
  readonly claims: readonly AssessedClaim[];
  readonly scorer: { readonly name: string; readonly version: string };
}

/** How an answer is judged. */
export interface AssessOptions {
  /** The average an answer must reach to be grounded; 0.5 when absent. */
  readonly threshold?: number;
  /** The score a claim must reach to be grounded; 0.5 when absent. */
  readonly claimThreshold?: number;
  /** Coefficients of the scorer; {@link DEFAULT_MODEL} when absent. */
  readonly model?: GroundingModel;
}

/** The default of both thresholds. */
export const DEFAULT_THRESHOLD = 0.5;

/** A claim judged by the built-in scorer. */
export function assessClaim(
  { claim, features, cues, support }: Examined,
  model: GroundingModel,
  claimThreshold: number,
): AssessedClaim {
  const { start, end, kind } = claim;
  const judged = judgeClaim(probability(features, model), support.length > 0, { claimThreshold });
  return Object.freeze({ start, end, kind, ...judged, support, cues });
}

/** The score of an answer whose claims were judged by the built-in scorer. */
export function scoreOfAnswer(
  examined: readonly Examined[],
  claims: readonly AssessedClaim[],
  model: GroundingModel,
): number {
  return answerScore(meanScore(claims), answerOverlap(examined), model);
}

/**
 * Judges an answer against its sources with the built-in scorer: deterministic, offline, linear in
 * the length of both. Pure; checks nothing and records nothing.
 *
 * A score is the calibrated probability that people would find the claim supported. The scorer
 * compares words, names, numbers, dates and negation; it knows no facts and draws no conclusions.
 */
export function assess(
  answer: string,
  sources: readonly GroundingSource[],
  options: AssessOptions = {},
): GroundingAssessment {
  const { threshold = DEFAULT_THRESHOLD, claimThreshold = DEFAULT_THRESHOLD } = options;
  const { model = DEFAULT_MODEL } = options;
  const examined = examine(answer, sources);
  const claims = examined.map((one) => assessClaim(one, model, claimThreshold));
  const average = scoreOfAnswer(examined, claims, model);
  const scorer = { name: model.name, version: model.version };
  return { ...conclude(claims, { threshold, average }), threshold, claimThreshold, claims, scorer };
}
