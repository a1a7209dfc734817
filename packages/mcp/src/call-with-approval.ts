import { createReviews } from '@spanforge/govern';
import type { AskPerson } from './client-side.js';
import type { CallAddition, GovernedCalls, SettledCall } from './governed-calls.js';
import type { InFlightRequest } from './in-flight-request.js';
import type { ProxyOptions } from './options.js';
import { createPendingApprovals } from './pending-approvals.js';

/**
 * Makes a call with the approval there is: one that was given since the call was held, or the one
 * that the person at the client gives when asked now. Without either, the call is held.
 */
export type CallWithApproval = (
  pending: InFlightRequest,
  more: CallAddition & { readonly signal: AbortSignal },
) => Promise<SettledCall>;

/** Reasons to block that say: the remembered review is not about this call any more. */
const STALE = new Set(['review_mismatch', 'review_expired', 'approval_consumed', 'review_unknown']);

/** Creates what calls with approvals, for one connection. */
export function createCallWithApproval(
  { call }: Pick<GovernedCalls, 'call'>,
  options: Pick<ProxyOptions, 'governor' | 'context' | 'approver' | 'onError'>,
  askPerson: AskPerson | undefined,
): CallWithApproval {
  const { context, approver } = options;
  const { log, clock } = options.governor;
  const reviews = createReviews(clock === undefined ? { log } : { log, clock });
  const approvals = createPendingApprovals(log, reviews, context);

  /** Asks the person at the client, and calls again with the answer. */
  async function askAndCall(
    pending: InFlightRequest,
    held: Extract<SettledCall, { status: 'held' }>,
    more: CallAddition,
  ): Promise<SettledCall> {
    const { reviewId, reason } = held;
    const { name, args } = pending.operation;
    if (approver === undefined || askPerson === undefined) return held;
    const resolution = await askPerson({ name, args, reason, raw: pending.raw }, more.signal);
    if (resolution === undefined) return held;
    try {
      await reviews.resolve({ reviewId, resolution, reviewer: approver });
    } catch (error) {
      // Nobody has approved anything: the call stays held.
      options.onError?.(error);
      return held;
    }
    return call(pending, { ...more, reviewId });
  }

  /** True if the remembered decision no longer applies to this call. */
  async function isStale(result: SettledCall, reviewId: string): Promise<boolean> {
    if (result.status !== 'blocked') return false;
    if (STALE.has(result.reasonCode)) return true;
    if (result.reasonCode !== 'already_started') return false;
    const review = await reviews.get(reviewId).catch(() => undefined);
    return review?.state === 'rejected' || review?.state === 'expired';
  }

  /** The call under the decision that is remembered for it; undefined where there is none for it. */
  async function callAsRemembered(
    pending: InFlightRequest,
    { callId, ...more }: CallAddition,
  ): Promise<SettledCall | undefined> {
    const { name, args } = pending.operation;
    const before = await approvals.find(name, args);
    if (before === undefined) return undefined;
    const { reviewId } = before;
    const again = before.callId === undefined ? { callId, reviewId } : { callId: before.callId };
    const result = await call(pending, { ...more, ...again });
    if (result.status === 'completed') approvals.forget(name, args);
    if (!(await isStale(result, reviewId))) return result;
    approvals.forget(name, args);
    return undefined;
  }

  return async (pending, more) => {
    const { name, args } = pending.operation;
    const remembered = await callAsRemembered(pending, more);
    if (remembered !== undefined) return remembered;
    const result = await call(pending, more);
    if (result.status === 'withheld' && result.reviewId !== undefined) {
      approvals.remember(name, args, { reviewId: result.reviewId, callId: more.callId });
    }
    if (result.status !== 'held') return result;
    approvals.remember(name, args, { reviewId: result.reviewId });
    return askAndCall(pending, result, more);
  };
}
