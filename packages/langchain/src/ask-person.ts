import { interrupt, isGraphBubbleUp } from '@langchain/langgraph';
import { GovernError, type ReviewResolution } from '@spanforge/govern';
import { LangchainError } from './error.js';
import type { GovernanceOptions, LangchainCall } from './options.js';
import { type ReviewAnswer, type ReviewQuestion, readAnswers } from './question.js';

type Asking = Pick<GovernanceOptions, 'reviews' | 'reviewer'>;

/** Nobody can be asked outside a graph or without a checkpointer. */
function interruptWith(question: ReviewQuestion): { readonly answer: unknown } | undefined {
  try {
    return { answer: interrupt(question) };
  } catch (error) {
    if (isGraphBubbleUp(error)) throw error;
    return undefined;
  }
}

async function resolutionOf(
  { reviewer }: Asking,
  request: LangchainCall,
  question: ReviewQuestion,
  { reviewer: named, ...answer }: ReviewAnswer,
): Promise<ReviewResolution> {
  const known = reviewer ? await reviewer(request, question) : named;
  if (typeof known !== 'string' || known === '' || (named !== undefined && named !== known)) {
    throw new LangchainError(
      'LANGCHAIN_ANSWER_INVALID',
      'the answer does not come from a known reviewer',
    );
  }
  return { ...answer, reviewer: known };
}

/** Records one answer. An answer that an earlier run of the same node recorded stays. */
async function resolveOne(reviews: NonNullable<Asking['reviews']>, resolution: ReviewResolution) {
  try {
    await reviews.resolve(resolution);
  } catch (error) {
    if (!GovernError.is(error) || error.code !== 'GOVERN_REVIEW_ALREADY_RESOLVED') throw error;
  }
}

function codeOf(error: unknown): string {
  if (GovernError.is(error) || LangchainError.is(error)) return error.code;
  return 'LANGCHAIN_ANSWER_INVALID';
}

/**
 * Interrupts the graph with a question, and records the answer when the graph is resumed. Each
 * answer names its review, so an answer that reaches another call of the same node does no harm.
 * Resolves to a code when the answer did not count.
 *
 * @returns `undefined` when nobody can be asked.
 */
export async function askPerson(
  asking: Asking,
  request: LangchainCall,
  question: ReviewQuestion,
): Promise<{ readonly refused?: string } | undefined> {
  const answered = interruptWith(question);
  if (answered === undefined) return undefined;
  if (asking.reviews === undefined) return {};
  try {
    for (const answer of readAnswers(answered.answer)) {
      await resolveOne(asking.reviews, await resolutionOf(asking, request, question, answer));
    }
    return {};
  } catch (error) {
    // Not thrown: a graph gives the same answers again whenever it resumes, so it would be stuck.
    return { refused: codeOf(error) };
  }
}
