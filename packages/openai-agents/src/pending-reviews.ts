import type { ReviewHandle, Reviews } from '@spanforge/govern';
import { createReviewHandle } from '@spanforge/govern/adapters';
import { callIdOf, type Interruption } from './interruption.js';

/** The run to look at, and where its reviews are. */
export interface PendingInterruptionsQuery<Item extends Interruption> {
  /** The state of the run; it may have been stored and read again. */
  readonly state: { getInterruptions(): readonly Item[] };
  readonly reviews: Pick<Reviews, 'forCall' | 'get'>;
  /** The context of these calls; from the host. */
  readonly context: { readonly tenant: string; readonly run: string };
}

/** An interruption that has a review, with a promise of the decision. */
export interface PendingInterruption<Item extends Interruption> extends ReviewHandle {
  readonly interruption: Item;
}

/**
 * The calls of an interrupted run that wait for a person. The person may decide elsewhere, for
 * example with `spanforge operator approve`; then `decided` of that call resolves. Then
 * `state.approve(interruption)` resumes the run there; the review decides whether the tool runs.
 *
 * @throws {EventsError} `EVENTS_STATE_UNAVAILABLE` when the reviews cannot be read.
 */
export async function pendingReviews<Item extends Interruption>({
  state,
  reviews,
  context: { tenant, run },
}: PendingInterruptionsQuery<Item>): Promise<readonly PendingInterruption<Item>[]> {
  const pending: PendingInterruption<Item>[] = [];
  for (const interruption of state.getInterruptions()) {
    const callId = callIdOf(interruption);
    if (callId === undefined) continue;
    const review = await reviews.forCall({ tenant, run, callId });
    if (review === undefined) continue;
    const { reviewId, decided } = createReviewHandle(reviews, review.reviewId);
    pending.push(Object.freeze({ interruption, reviewId, decided }));
  }
  return pending;
}
