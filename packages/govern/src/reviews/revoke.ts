import { formatTime, type Receipt } from '@spanforge/core-events';
import { reviewRevokedV1, reviewSnoozedV1 } from '@spanforge/core-events/records';
import type { ReviewEntry } from './review-book.js';
import { throwReviewError } from './review-errors.js';
import {
  appendClaimed,
  contextOf,
  type ReviewParts,
  requireOther,
  requireReview,
  requireReviewer,
} from './review-parts.js';
import {
  parseRevocation,
  parseSnooze,
  type ReviewRevocation,
  type ReviewSnooze,
} from './review-requests.js';
import { type Review, readReview } from './review-state.js';
import { readGrant } from './standing.js';

interface Standing {
  readonly binding: string;
  readonly context: ReviewEntry['context'];
  /** The claim that using it takes too, so that it is either used or taken back, never both. */
  readonly claim: string;
  /** The rejection that is lifted; only people who may decide the review may lift it. */
  readonly rejected?: Review;
}

function throwNothingStands(reviewId: string): never {
  const message = 'nothing stands that could be taken back';
  return throwReviewError('GOVERN_REVIEW_NOT_REVOCABLE', message, reviewId);
}

async function findStanding({ book, clock }: ReviewParts, reviewId: string): Promise<Standing> {
  const { byId, grants, wideRejections } = await book();
  const granted = grants.get(reviewId);
  if (granted) {
    const { state, uses, binding, context } = readGrant(granted, clock());
    if (state !== 'in_force') throwNothingStands(reviewId);
    return { binding, context, claim: `review:${reviewId}:${uses + 1}` };
  }
  const entry = byId.get(reviewId);
  if (!entry) return throwReviewError('GOVERN_REVIEW_UNKNOWN', 'there is no such review', reviewId);
  const review = readReview(entry, clock());
  const { state, binding, context, revokedBy } = review;
  if (revokedBy !== undefined) throwNothingStands(reviewId);
  if (state === 'approved') return { binding, context, claim: `review:${reviewId}` };
  if (!wideRejections.has(entry)) throwNothingStands(reviewId);
  return { binding, context, claim: `review-revoked:${reviewId}`, rejected: review };
}

/** Takes back an unused approval, a grant, or a rejection that goes further than its call. */
export async function revokeStanding(
  parts: ReviewParts,
  given: ReviewRevocation,
): Promise<Receipt> {
  const { reviewId, reviewer, note } = parseRevocation(given);
  for (;;) {
    const { binding, context, claim, rejected } = await findStanding(parts, reviewId);
    if (rejected) await requireReviewer(parts, rejected, reviewer);
    const body = reviewRevokedV1.toWire({ reviewId, reviewer, binding, note });
    const draft = {
      type: reviewRevokedV1.key,
      context: contextOf(parts, context, reviewer),
      body,
    };
    const result = await appendClaimed(parts, reviewId, draft, claim);
    if (result.kind === 'stored') return result.receipt;
  }
}

/** Puts an open review aside. It is not a decision, and the expiry does not change. */
export async function snoozeReview(parts: ReviewParts, given: ReviewSnooze): Promise<Receipt> {
  const { reviewId, reviewer, forMs } = parseSnooze(given);
  const { review } = await requireReview(parts, reviewId);
  const { state, binding, context } = review;
  requireOther(review, reviewer);
  if (state !== 'pending') {
    throwReviewError('GOVERN_REVIEW_ALREADY_RESOLVED', 'the review is no longer open', reviewId);
  }
  const until = formatTime(parts.clock() + forMs);
  const body = reviewSnoozedV1.toWire({ reviewId, reviewer, binding, until });
  const draft = { type: reviewSnoozedV1.key, context: contextOf(parts, context, reviewer), body };
  const result = await appendClaimed(parts, reviewId, draft, undefined);
  return result.kind === 'stored' ? result.receipt : throwNothingStands(reviewId);
}
