import type { Features } from './features.js';

/** Coefficients of the logistic model: a claim's probability of being grounded. */
export interface GroundingModel {
  readonly name: string;
  readonly version: string;
  readonly constant: number;
  /** None is above 0, because each feature measures a fault of the claim. */
  readonly weights: Readonly<Record<keyof Features, number>>;
  /**
   * How the score of an answer follows from the mean score of its claims and the share of its words that
   * the sources have; neither weight is above 0, each is of what is missing to 1. Without it the score is
   * the mean.
   */
  readonly answer?: {
    readonly constant: number;
    readonly claims: number;
    readonly overlap: number;
  };
}

/**
 * The built-in model.
 *
 * Fitted by `tooling/grounding` (`npm run fit` there) on human labels of whole answers (BEGIN, the part that is not
 * held out): an answer is grounded when all of its claims are, so its likelihood is the product over
 * its claims. Then the weights of `conflicts` and `disorder` alone, with sentences made false on purpose,
 * since real answers hold too few of those. Then `answer`, on the labels alone, with the claims' scores
 * that the rest gives.
 */
export const DEFAULT_MODEL: GroundingModel = Object.freeze({
  name: 'spanforge-lexical',
  version: '1.2.0',
  constant: 2.84,
  weights: Object.freeze({
    missingShare: -3.11,
    missingAmount: -5.28,
    disorder: -8.07,
    conflicts: -4.64,
    question: -0.95,
  }),
  answer: Object.freeze({ constant: 3.79, claims: -6.41, overlap: -4.59 }),
});

/** The probability that a claim with these features is grounded, 0 to 1. */
export function probability(features: Features, model: GroundingModel): number {
  let z = model.constant;
  for (const name of Object.keys(model.weights) as (keyof Features)[]) {
    z += model.weights[name] * features[name];
  }
  return 1 / (1 + Math.exp(-z));
}
