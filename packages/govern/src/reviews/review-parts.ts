import {
  type Clock,
  type Discloser,
  EventsError,
  type EvidenceContext,
  type EvidenceReader,
  type MakeId,
  type Receipt,
  type RecordDraft,
  type Recorder,
  type ReviewerCheck,
} from '@spanforge/core-events';
import { isOwn, type ReviewBook, type ReviewEntry } from './review-book.js';
import { throwReviewError } from './review-errors.js';
import { type Review, readReview } from './review-state.js';
import { mayDecide } from './reviewers.js';

/** What deciding about reviews needs. */
export interface ReviewParts {
  readonly log: Recorder & EvidenceReader;
  readonly clock: Clock;
  readonly ids: MakeId;
  readonly disclose: Discloser;
  readonly source: string;
  readonly reviewers: ReviewerCheck | undefined;
  /** Every review as of now. */
  readonly book: () => Promise<ReviewBook>;
}

/** A review and what its state was read from. */
export interface FoundReview {
  readonly review: Review;
  readonly entry: ReviewEntry;
}

/** @throws {GovernError} `GOVERN_REVIEW_UNKNOWN`. */
export async function requireReview(
  { book, clock }: Pick<ReviewParts, 'book' | 'clock'>,
  reviewId: string,
): Promise<FoundReview> {
  const entry = (await book()).byId.get(reviewId);
  if (!entry) return throwReviewError('GOVERN_REVIEW_UNKNOWN', 'there is no such review', reviewId);
  return { entry, review: readReview(entry, clock()) };
}

/** @throws {GovernError} `GOVERN_REVIEW_SELF_APPROVAL`. */
export function requireOther({ context, reviewId }: Review, reviewer: string): void {
  if (!isOwn(context, reviewer)) return;
  const message = 'the actor or agent that asked cannot decide its own review';
  throwReviewError('GOVERN_REVIEW_SELF_APPROVAL', message, reviewId);
}

/** @throws {GovernError} `GOVERN_REVIEW_SELF_APPROVAL`, `GOVERN_REVIEWER_NOT_ELIGIBLE`. */
export async function requireReviewer(
  { reviewers }: Pick<ReviewParts, 'reviewers'>,
  review: Review,
  reviewer: string,
): Promise<void> {
  requireOther(review, reviewer);
  const { reviewId, context, roles } = review;
  const { tenant, actor: requester, agent } = context;
  const question = { tenant, requester, agent, reviewers: [reviewer], required: 1, roles };
  const { eligible, reason } = await mayDecide(reviewers, question);
  if (eligible) return;
  const message = `this reviewer may not decide: ${reason}`;
  throwReviewError('GOVERN_REVIEWER_NOT_ELIGIBLE', message, reviewId);
}

/** The context of a record that a person writes about a call. */
export function contextOf(
  { source }: Pick<ReviewParts, 'source'>,
  context: EvidenceContext,
  actor: string,
): EvidenceContext {
  return { ...context, actor, source };
}

/** Appends one record, under a claim when only one such record may exist. */
export async function appendClaimed(
  { log }: Pick<ReviewParts, 'log'>,
  reviewId: string,
  draft: RecordDraft,
  claim: string | undefined,
): Promise<{ readonly kind: 'stored'; readonly receipt: Receipt } | { readonly kind: 'claimed' }> {
  try {
    const appended = await log.append([draft], claim === undefined ? {} : { claim });
    return { kind: 'stored', receipt: (await appended.receipts)[0] as Receipt };
  } catch (cause) {
    if (EventsError.is(cause) && cause.code === 'EVENTS_CLAIM_TAKEN') return { kind: 'claimed' };
    const message = 'the decision could not be recorded; try again';
    return throwReviewError('GOVERN_REVIEW_NOT_RECORDED', message, reviewId, cause);
  }
}
