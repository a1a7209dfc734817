import type { Interrupt } from '@langchain/langgraph';
import type { ReviewHandle, Reviews } from '@spanforge/govern';
import { createReviewHandle } from '@spanforge/govern/adapters';
import type { ReviewQuestion } from './question.js';

interface InterruptedGraph {
  readonly __interrupt__?: readonly Interrupt[];
  readonly tasks?: readonly { readonly interrupts: readonly Interrupt[] }[];
}

/** A question that interrupted a graph, with a promise of the decision. */
export interface PendingQuestion extends ReviewHandle {
  /** Names the interrupt in `Command({ resume: { [interruptId]: answer } })`. */
  readonly interruptId: string | undefined;
  readonly question: ReviewQuestion;
}

function isQuestion(value: unknown): value is ReviewQuestion {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { readonly kind?: unknown }).kind === 'spanforge_review' &&
    typeof (value as { readonly reviewId?: unknown }).reviewId === 'string'
  );
}

function interruptsOf({ tasks, __interrupt__ = [] }: InterruptedGraph): readonly Interrupt[] {
  return tasks === undefined ? __interrupt__ : tasks.flatMap(({ interrupts }) => interrupts);
}

/**
 * The calls of an interrupted graph that wait for a person. The person may decide elsewhere, for
 * example with `spanforge operator approve`; then `decided` of that call resolves. Then resume the
 * graph with any value; the review decides whether the tool runs.
 *
 * @param graph What `invoke` returned, or what `getState` says of the thread.
 */
export function pendingReviews(
  graph: object,
  reviews: Pick<Reviews, 'get'>,
): readonly PendingQuestion[] {
  return interruptsOf(graph).flatMap(({ id, value }) => {
    if (!isQuestion(value)) return [];
    const { reviewId, decided } = createReviewHandle(reviews, value.reviewId);
    return [Object.freeze({ interruptId: id, question: value, reviewId, decided })];
  });
}
