import { interrupt, isGraphBubbleUp } from '@langchain/langgraph';
import { GovernError, type ReviewResolution } from '@spanforge/govern';
import { LangchainError } from './error.js';
import type { GovernanceOptions, LangchainCall } from './options.js';
import { type ReviewAnswer, type ReviewQuestion, readAnswers } from './question.js';

type Asking = Pick<GovernanceOptions, 'reviews' | 'reviewer'>;

/** Outside a graph, or without a checkpointer, nobody can be asked. */
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

/** Records one answer. One that was recorded before, by a run of the same node, stands. */
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
 * Interrupts the graph with a question, and records the answer once it is resumed. Each answer names
 * the review it is about, so one that reaches another call of the same node does no harm. Resolves to
 * the code of an answer that did not count, if it did not.
 *
 * @returns `undefined` where nobody can be asked.
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
    // Not thrown on: a graph gives the same answers again whenever it resumes, and would be stuck.
    return { refused: codeOf(error) };
  }
}
