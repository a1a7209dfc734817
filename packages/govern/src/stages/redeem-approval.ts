import {
  type Decision,
  type EvidenceReader,
  joinObligations,
  type MakeId,
} from '@spanforge/core-events';
import { canonicalize, openDisclosure } from '@spanforge/core-signing';
import { withinLogLimit } from '../evidence/log-time-limit.js';
import { bindingOf } from '../evidence/records.js';
import { blockDecision } from '../model/combined-decision.js';
import type { Approval, DecidedCall, OpenCall } from '../model/open-call.js';
import type { TimeLimit } from '../model/time-limit.js';
import type { Review } from '../reviews/review-state.js';
import type { Reviews } from '../reviews/reviews.js';

/** What looking for an approval needs. */
export interface RedeemParts {
  readonly log: EvidenceReader;
  readonly reviews: Reviews;
  readonly ids: MakeId;
  readonly commitLimit: TimeLimit;
}

/** What a call that needs a person's approval may do now. */
export type Redemption =
  | { readonly kind: 'approved'; readonly decision: Decision; readonly approval: Approval }
  /** A person has still to decide. */
  | { readonly kind: 'pending'; readonly reviewId: string }
  /** Nobody has been asked yet. */
  | { readonly kind: 'not_requested' }
  | {
      readonly kind: 'refused';
      readonly decision: Decision;
      readonly reviewId: string | undefined;
      readonly cause: unknown;
    };

const REFUSED: Readonly<Record<'rejected' | 'expired' | 'consumed', Decision>> = {
  rejected: blockDecision('review_rejected', 'A reviewer rejected this call.'),
  expired: blockDecision('review_expired', 'The review or its approval has expired.'),
  consumed: blockDecision('approval_consumed', 'The approval was used before.'),
};
const MISMATCH = blockDecision(
  'review_mismatch',
  'The review is about another call than this one.',
);
const NOT_BINDABLE = blockDecision(
  'args_not_bindable',
  'The arguments contain values that no approval can be bound to; use the `describe` option.',
);
const UNKNOWN = blockDecision('review_unknown', 'There is no such review.');
const UNREADABLE = blockDecision(
  'evidence_unavailable',
  'The review could not be read from the evidence.',
);

function refused(decision: Decision, reviewId?: string, cause?: unknown): Redemption {
  return { kind: 'refused', decision, reviewId, cause };
}

/** The disclosed binding, if it still exists and is the one the request committed to. */
async function readBinding(log: EvidenceReader, review: Review): Promise<Record<string, unknown>> {
  const disclosures = await log.disclosures(review.index);
  const found = disclosures.find(({ digest }) => digest === review.binding);
  const opened = found && openDisclosure(found.encoded);
  if (opened?.digest !== review.binding || opened.name !== 'binding') {
    throw new TypeError('the binding of the review is not disclosed');
  }
  return opened.value as Record<string, unknown>;
}

/** True when the review was requested for exactly this call; its decision then is not compared. */
async function isBoundTo(log: EvidenceReader, review: Review, open: OpenCall): Promise<boolean> {
  const { obligations, outcome, ...bound } = await readBinding(log, review);
  return canonicalize(bound) === canonicalize(bindingOf(open));
}

async function findReview(
  reviews: Reviews,
  { call, reviewId }: OpenCall,
): Promise<Review | undefined> {
  const { tenant, run } = call.context;
  return reviewId === undefined
    ? reviews.forCall({ tenant, run, callId: call.callId })
    : reviews.get(reviewId);
}

/**
 * True when this very call used the approval. It may then be told what became of it, and a withheld
 * result can be released. Its start is on record, so the tool cannot run again.
 */
function wasUsedBy({ call }: OpenCall, { state, consumedBy, callId }: Review): boolean {
  return state === 'consumed' && consumedBy === call.callId && callId === call.callId;
}

async function judgeReview(
  log: EvidenceReader,
  decided: DecidedCall,
  review: Review,
): Promise<Redemption> {
  const { reviewId, state, binding } = review;
  if (review.context.tenant !== decided.call.context.tenant) return refused(UNKNOWN);
  if (!(await isBoundTo(log, review, decided))) return refused(MISMATCH, reviewId);
  if (state === 'pending') return { kind: 'pending', reviewId };
  if (state !== 'approved' && !wasUsedBy(decided, review)) return refused(REFUSED[state], reviewId);
  const { outcome, obligations } = decided.combined.decision;
  const decision: Decision = {
    outcome,
    obligations: joinObligations(review.obligations, obligations),
    reason: 'A reviewer approved this call.',
    reasonCode: 'approved',
  };
  return { kind: 'approved', decision, approval: { reviewId, binding } };
}

async function lookUp({ log, reviews }: RedeemParts, decided: DecidedCall): Promise<Redemption> {
  const review = await findReview(reviews, decided);
  if (review) return judgeReview(log, decided, review);
  return decided.reviewId === undefined ? { kind: 'not_requested' } : refused(UNKNOWN);
}

/**
 * Looks for the approval of a call that needs one. An approval counts only for exactly the call it
 * was given for, in time, and once. The obligations of then and now both apply.
 */
export async function redeemApproval(
  parts: RedeemParts,
  decided: DecidedCall,
): Promise<Redemption> {
  if (!decided.args.exact) return refused(NOT_BINDABLE);
  try {
    return await withinLogLimit(parts.commitLimit, lookUp(parts, decided));
  } catch (cause) {
    return refused(UNREADABLE, undefined, cause);
  }
}
