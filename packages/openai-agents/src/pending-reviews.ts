import type { ReviewHandle, Reviews } from '@spanforge/govern';
import { createReviewHandle } from '@spanforge/govern/adapters';
import { callIdOf, type Interruption } from './interruption.js';

/** Which run is looked at, and where its reviews are. */
export interface PendingInterruptionsQuery<Item extends Interruption> {
  /** The state of the run, stored and read again or not. */
  readonly state: { getInterruptions(): readonly Item[] };
  readonly reviews: Pick<Reviews, 'forCall' | 'get'>;
  /** Whose calls these are; from the host. */
  readonly context: { readonly tenant: string; readonly run: string };
}

/** An interruption with a review behind it, to be awaited. */
export interface PendingInterruption<Item extends Interruption> extends ReviewHandle {
  readonly interruption: Item;
}

/**
 * The calls of an interrupted run that wait for a person. Whoever decides may do so elsewhere, for
 * example with `spanforge operator approve`: `decided` of each resolves when they did. Then
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
