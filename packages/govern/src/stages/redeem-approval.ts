import { type Decision, type EvidenceReader, joinObligations } from '@spanforge/core-events';
import { canonicalize } from '@spanforge/core-signing';
import { withinLogLimit } from '../evidence/log-time-limit.js';
import { bindingOf } from '../evidence/records.js';
import { blockDecision } from '../model/combined-decision.js';
import type { Approval, DecidedCall, OpenCall } from '../model/open-call.js';
import { reviewDemandOf } from '../model/review-demand.js';
import { readBound } from '../reviews/read-binding.js';
import type { Review } from '../reviews/review-state.js';
import { mayDecide } from '../reviews/reviewers.js';
import type { Reviews } from '../reviews/reviews.js';
import type { WideRejection } from '../reviews/standing.js';
import { redeemGrant } from './redeem-grant.js';
import type { RedeemParts, Redemption } from './redemption.js';

const REFUSED: Readonly<Record<'rejected' | 'expired' | 'consumed', Decision>> = {
  rejected: blockDecision('review_rejected', 'A reviewer rejected this call.'),
  expired: blockDecision('review_expired', 'The review or its approval has expired.'),
  consumed: blockDecision('approval_consumed', 'The approval was used before.'),
};
const WIDELY_REJECTED: Readonly<Record<WideRejection['scope'], Decision>> = {
  rule: blockDecision(
    'rule_rejected',
    'A reviewer rejected calls like this one for the whole run.',
  ),
  agent: blockDecision('agent_rejected', 'A reviewer rejected whatever this agent asks for.'),
};
const REVOKED = blockDecision('approval_revoked', 'The approval was taken back.');
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

type Bound = 'original' | 'edited' | undefined;

/** Whether a review's binding matches this call: as asked for, or as edited. The decision is not compared. */
async function boundTo(log: EvidenceReader, review: Review, open: OpenCall): Promise<Bound> {
  const { index, binding: digest, edited } = review;
  const own = canonicalize(bindingOf(open));
  const asked = await readBound(log, { index, digest, name: 'binding' });
  const { obligations, outcome, ...bound } = asked;
  if (canonicalize(bound) === own) return 'original';
  if (edited === undefined) return undefined;
  const changed = await readBound(log, { ...edited, name: 'edited' });
  return canonicalize({ ...bound, args: changed.args }) === own ? 'edited' : undefined;
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
 * True when this call itself used the approval. The caller may then learn how the call ended, and a
 * withheld result can be released. The start is on record, so the tool cannot run again.
 */
function wasUsedBy({ call }: OpenCall, { state, consumedBy, callId }: Review): boolean {
  return state === 'consumed' && consumedBy === call.callId && callId === call.callId;
}

/**
 * Why an approval no longer counts: a reviewer has lost the role, or the demand for such a call now
 * needs more approvals.
 */
export async function checkApprovers(
  { reviewers, reviewDemand }: Pick<RedeemParts, 'reviewers' | 'reviewDemand'>,
  decided: DecidedCall,
  review: Review,
): Promise<Decision | undefined> {
  const { context, required, roles, votes } = review;
  const demand = reviewDemandOf(reviewDemand, decided.call, decided.combined.askedBy);
  const target = votes.at(-1)?.approves;
  const approvers = votes.filter(({ approves }) => approves === target);
  const question = {
    tenant: context.tenant,
    requester: context.actor,
    agent: context.agent,
    reviewers: approvers.map(({ reviewer }) => reviewer),
    required: Math.max(required, demand.quorum ?? 1),
  };
  const escalated = review.escalatedTo === undefined ? [] : [review.escalatedTo];
  const asked = [roles, ...(demand.roles ? [[...demand.roles, ...escalated]] : [])];
  for (const needed of asked) {
    const { eligible, reason } = await mayDecide(reviewers, { ...question, roles: needed });
    if (eligible) continue;
    return blockDecision('reviewer_not_eligible', `The approval does not count: ${reason}`);
  }
  return undefined;
}

async function judgeReview(
  parts: RedeemParts,
  decided: DecidedCall,
  review: Review,
): Promise<Redemption> {
  const { reviewId, state, binding, edited } = review;
  if (review.context.tenant !== decided.call.context.tenant) return refused(UNKNOWN);
  const bound = await boundTo(parts.log, review, decided);
  if (bound === undefined) return refused(MISMATCH, reviewId);
  if (state === 'pending') return { kind: 'pending', reviewId };
  const own = wasUsedBy(decided, review);
  if (state !== 'approved' && !own) {
    const revoked = state === 'rejected' && review.revokedBy !== undefined;
    return refused(revoked ? REVOKED : REFUSED[state], reviewId);
  }
  const approval: Approval = { reviewId, binding };
  if (edited !== undefined && bound === 'original') {
    const { args } = await readBound(parts.log, { ...edited, name: 'edited' });
    return { kind: 'edited', args, review, approval };
  }
  const lacking = own ? undefined : await checkApprovers(parts, decided, review);
  if (lacking) return refused(lacking, reviewId);
  const { outcome, obligations } = decided.combined.decision;
  const decision: Decision = {
    outcome,
    obligations: joinObligations(review.obligations, obligations),
    reason: 'A reviewer approved this call.',
    reasonCode: 'approved',
  };
  return { kind: 'approved', decision, approval };
}

async function lookUp(parts: RedeemParts, decided: DecidedCall): Promise<Redemption> {
  const { reviews } = parts;
  const review = await findReview(reviews, decided);
  const judged: Redemption = review
    ? await judgeReview(parts, decided, review)
    : decided.reviewId === undefined
      ? { kind: 'not_requested' }
      : refused(UNKNOWN);
  if (judged.kind === 'refused' || (review && wasUsedBy(decided, review))) return judged;
  const { call, combined } = decided;
  const { context, tool } = call;
  const { rejection, grants } = await reviews.standing({ context, tool, rules: combined.askedBy });
  if (rejection) return refused(WIDELY_REJECTED[rejection.scope], rejection.reviewId);
  if (judged.kind === 'approved' || judged.kind === 'edited') return judged;
  return (await redeemGrant(parts, decided, grants)) ?? judged;
}

/**
 * Looks for the approval of a call that needs one. An approval counts once, until it expires, for
 * exactly the call it was given for, and while its reviewers may still approve. The obligations of
 * the reviewed and of the current decision both apply.
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
