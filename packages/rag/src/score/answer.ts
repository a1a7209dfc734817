import type { Examined } from './examine.js';
import type { GroundingModel } from './model.js';

/**
 * The share of an answer's words and numbers, function words aside, that stand in some form in the
 * passages its claims were laid beside. Single claims lose their connection; this measures the
 * answer as a whole.
 */
export function answerOverlap(examined: readonly Pick<Examined, 'tokens' | 'found'>[]): number {
  const total = examined.reduce((sum, { tokens }) => sum + tokens, 0);
  return total === 0 ? 0 : examined.reduce((sum, { found }) => sum + found, 0) / total;
}

/**
 * The score of an answer, from the mean score of its claims and its overlap: 0 where the mean is, and
 * the mean itself where the model says nothing of answers.
 */
export function answerScore(mean: number, overlap: number, { answer }: GroundingModel): number {
  if (answer === undefined || mean === 0) return mean;
  const z = answer.constant + answer.claims * (1 - mean) + answer.overlap * (1 - overlap);
  return 1 / (1 + Math.exp(-z));
}
