import { type Decision, joinObligations, within } from '@spanforge/core-events';
import { canonicalize, openDisclosure } from '@spanforge/core-signing';
import { type Action, blocked } from './action.js';
import { type Approval, bindingOf } from './drafts.js';
import { GovernError } from './error.js';
import type { Review } from './review-state.js';

/** What a call that needs a person's approval may do now. */
export type Redemption =
  | { readonly kind: 'approved'; readonly decision: Decision; readonly approval: Approval }
  /** A person has still to decide about this review. */
  | { readonly kind: 'pending'; readonly review: Review }
  /** Nobody was asked yet. */
  | { readonly kind: 'unasked' }
  | {
      readonly kind: 'refused';
      readonly decision: Decision;
      readonly reviewId?: string;
      readonly cause?: unknown;
    };

const REFUSED: Readonly<Record<'rejected' | 'expired' | 'consumed', Decision>> = {
  rejected: blocked('review_rejected', 'A reviewer rejected this call.'),
  expired: blocked('review_expired', 'The review or its approval has expired.'),
  consumed: blocked('approval_consumed', 'The approval was used before.'),
};
const MISMATCH = blocked('review_mismatch', 'The review is about another call than this one.');
const NOT_BINDABLE = blocked(
  'args_not_bindable',
  'The arguments hold what no approval can be bound to; describe them.',
);
const UNKNOWN = blocked('review_unknown', 'There is no such review.');
const UNREADABLE = blocked(
  'evidence_unavailable',
  'The review could not be read from the evidence.',
);

/** What the disclosed binding says, if it still exists and is the one the request committed to. */
async function readBinding(action: Action, review: Review): Promise<Record<string, unknown>> {
  const disclosures = await action.setup.log.disclosures(review.index);
  const found = disclosures.find(({ digest }) => digest === review.binding);
  const opened = found && openDisclosure(found.encoded);
  if (opened?.digest !== review.binding || opened.name !== 'binding') {
    throw new TypeError('the binding is not disclosed');
  }
  return opened.value as Record<string, unknown>;
}

/** True when the review was asked for exactly this call; what it decided then is not compared. */
async function isBoundTo(action: Action, review: Review): Promise<boolean> {
  const { obligations, outcome, ...bound } = await readBinding(action, review);
  return canonicalize(bound) === canonicalize(bindingOf(action));
}

async function findReview({ setup, call, reviewId }: Action): Promise<Review | undefined> {
  const { tenant, run } = call.context;
  return reviewId === undefined
    ? setup.reviews.forCall({ tenant, run, callId: call.callId })
    : setup.reviews.get(reviewId);
}

/**
 * True when this very call used the approval: it is told what became of it, and what was withheld
 * can be released. Its start is on record, so that it cannot be begun again.
 */
function wasUsedBy({ call }: Action, { state, consumedBy, callId }: Review): boolean {
  return state === 'consumed' && consumedBy === call.callId && callId === call.callId;
}

async function judgeReview(
  action: Action,
  review: Review,
  decision: Decision,
): Promise<Redemption> {
  const { reviewId, state, binding } = review;
  if (review.context.tenant !== action.call.context.tenant) {
    return { kind: 'refused', decision: UNKNOWN };
  }
  if (!(await isBoundTo(action, review))) return { kind: 'refused', decision: MISMATCH, reviewId };
  if (state === 'pending') return { kind: 'pending', review };
  if (state !== 'approved' && !wasUsedBy(action, review)) {
    return { kind: 'refused', decision: REFUSED[state], reviewId };
  }
  const approved: Decision = {
    outcome: decision.outcome,
    obligations: joinObligations(review.obligations, decision.obligations),
    reason: 'A reviewer approved this call.',
    reasonCode: 'approved',
  };
  return { kind: 'approved', decision: approved, approval: { reviewId, binding } };
}

async function look(action: Action, decision: Decision): Promise<Redemption> {
  const review = await findReview(action);
  if (review) return judgeReview(action, review, decision);
  if (action.reviewId !== undefined) return { kind: 'refused', decision: UNKNOWN };
  return { kind: 'unasked' };
}

/**
 * Looks for the approval of a call that was decided to need one. It counts only for exactly the
 * call it was given for, in time, and once; the obligations of then and now both stand.
 */
export async function redeem(action: Action, decision: Decision): Promise<Redemption> {
  if (!action.args.exact) return { kind: 'refused', decision: NOT_BINDABLE };
  try {
    return await within(
      action.setup.commitTimeoutMs,
      () => look(action, decision),
      () => {
        return new GovernError('GOVERN_LOG_TIMED_OUT', 'the evidence log did not answer in time');
      },
    );
  } catch (cause) {
    return { kind: 'refused', decision: UNREADABLE, cause };
  }
}
