import {
  type Clock,
  type Discloser,
  EventsError,
  type RecordDraft,
  type TimeLimit,
} from '@spanforge/core-events';
import type { Stage } from '@spanforge/core-events/log';
import { commitStage } from '../evidence/commit.js';
import { type EndingDetails, endedRecord } from '../evidence/records.js';
import { adviseAgent, type RuleAdviceFor } from '../model/advice.js';
import { type CombinedDecision, unrecordedDecision } from '../model/combined-decision.js';
import { requireDisclosure } from '../model/governed-value.js';
import { type DecidedCall, type OpenCall, reportOf } from '../model/open-call.js';
import type { RefusalBreaker } from '../model/refusal-breaker.js';
import type { BlockedCall, CallReport, CancelledCall, HeldCall } from '../model/result.js';
import type { ReviewDemandFor } from '../model/review-demand.js';
import { type ReviewSubject, requestReview } from '../reviews/request-review.js';
import { callKey } from '../reviews/review-book.js';
import { createReviewHandle } from '../reviews/review-handle.js';
import type { Reviews } from '../reviews/reviews.js';
import type { RefusedCall } from './decide.js';

/** What refusing a call needs. */
export interface RefuseParts {
  readonly clock: Clock;
  readonly disclose: Discloser;
  readonly reviewTtlMs: number;
  readonly reviewDemand: ReviewDemandFor | undefined;
  readonly commitLimit: TimeLimit;
  readonly reviews: Reviews;
  readonly adviceFor: RuleAdviceFor | undefined;
  readonly refusals: RefusalBreaker | undefined;
  readonly onHeld: ((held: HeldCall) => void) | undefined;
}

/** The answer to a refused call, or the news that another call asked the reviewer first. */
export type Refusal =
  | { readonly kind: 'answered'; readonly result: BlockedCall | HeldCall | CancelledCall }
  /** The same call, made at the same time, has already asked the person. */
  | { readonly kind: 'asked_before' };

const WHOLE_CALL: ReviewSubject = { kind: 'call' };
const ASKED_BEFORE: Refusal = { kind: 'asked_before' };

const STATUS = {
  blocked: 'blocked',
  cancelled: 'cancelled',
  pending: 'held',
  to_ask: 'held',
} as const;

function recordsOf(
  parts: RefuseParts,
  decided: DecidedCall,
  refused: RefusedCall,
): readonly RecordDraft[] {
  const { combined, kind } = refused;
  const details: EndingDetails = {
    status: STATUS[kind],
    executed: false,
    value: requireDisclosure(decided.argsValue),
    ...(kind === 'cancelled' ? {} : { reviewId: refused.reviewId }),
  };
  const ended = endedRecord(decided, combined, details);
  if (kind !== 'to_ask') return [ended];
  return [requestReview(parts, decided, combined, refused.reviewId, WHOLE_CALL), ended];
}

/** The members of a context by their path in a record: those who call can put them right. */
const CONTEXT_MEMBERS: ReadonlyMap<unknown, string> = new Map([
  ['$.actor', 'actor'],
  ['$.agent', 'agent'],
  ['$.body.call_id', 'callId'],
  ['$.env', 'env'],
  ['$.project', 'project'],
  ['$.run', 'run'],
  ['$.span_id', 'spanId'],
  ['$.tenant', 'tenant'],
  ['$.trace_id', 'traceId'],
]);

/** Why nothing could be recorded, where it is a member of the context that is missing or no name. */
function unrecordedReason(cause: unknown): string {
  const path = EventsError.is(cause) ? cause.details.path : undefined;
  const member = CONTEXT_MEMBERS.get(path);
  if (member === undefined) return unrecordedDecision(cause).reason;
  return `The context of this call has no valid ${member}, so the call could not be recorded.`;
}

/** The answer to a call that did not run and could not be recorded. */
export function unrecordedCall(
  open: OpenCall,
  combined: CombinedDecision,
  cause: unknown,
): BlockedCall {
  const { obligations } = combined.decision;
  const reason = unrecordedReason(cause);
  const decision = { ...unrecordedDecision(cause), reason, obligations };
  const report = reportOf(open, decision, { executed: false, decisions: [], receipts: [] });
  return { ...report, status: 'blocked', cause };
}

function heldCall(reviews: Reviews, report: CallReport, reviewId: string): HeldCall {
  const held = { ...report, status: 'held', reviewId } as const;
  const value = createReviewHandle(reviews, reviewId);
  return Object.defineProperty(held, 'review', { value, enumerable: false });
}

function answerOf(
  reviews: Reviews,
  report: CallReport,
  refused: RefusedCall,
): BlockedCall | HeldCall | CancelledCall {
  if (refused.kind === 'cancelled') return { ...report, status: 'cancelled' };
  if (refused.kind !== 'blocked') return heldCall(reviews, report, refused.reviewId);
  const { reviewId, combined } = refused;
  const { cause } = combined;
  return {
    ...report,
    status: 'blocked',
    ...(reviewId === undefined ? {} : { reviewId }),
    ...(cause === undefined ? {} : { cause }),
  };
}

async function withAdvice(
  { adviceFor }: RefuseParts,
  { call }: DecidedCall,
  { objections: rules }: CombinedDecision,
  result: BlockedCall | HeldCall | CancelledCall,
): Promise<BlockedCall | HeldCall | CancelledCall> {
  if (result.status === 'cancelled') return result;
  const { status, reasonCode } = result;
  const advice = await adviseAgent(call, status, reasonCode, { rules, adviceFor });
  // Not part of a copied result: its `review` is not enumerable either.
  return Object.defineProperty(result, 'advice', { value: advice, enumerable: false });
}

/** Calls the host's `onHeld` after a review was requested. */
function announce(onHeld: RefuseParts['onHeld'], held: HeldCall): void {
  // An error in the host's callback must not fail the call: the request is on record.
  try {
    Promise.resolve(onHeld?.(held)).catch(() => undefined);
  } catch {}
}

/** Ends a call that will not run, in one commit. Never rejects. */
export async function refuseCall(
  parts: RefuseParts,
  decided: DecidedCall,
  refused: RefusedCall,
  stage: Stage,
): Promise<Refusal> {
  const { combined } = refused;
  const unrecorded = (cause: unknown): Refusal => ({
    kind: 'answered',
    result: unrecordedCall(decided, combined, cause),
  });
  try {
    await stage.append(recordsOf(parts, decided, refused));
  } catch (cause) {
    stage.discard(cause);
    return unrecorded(cause);
  }
  const { context, callId } = decided.call;
  const claim = { claim: `review-requested:${callKey(context, callId)}` };
  const options = refused.kind === 'to_ask' ? claim : {};
  const committed = await commitStage(stage, options, parts.commitLimit);
  if (committed.kind === 'claimed') return ASKED_BEFORE;
  if (committed.kind !== 'stored') return unrecorded(committed.cause);
  const { decision, ids: decisions } = combined;
  const { receipts } = committed;
  const report = reportOf(decided, decision, { executed: false, decisions, receipts });
  const answered = answerOf(parts.reviews, report, refused);
  if (refused.kind === 'blocked') parts.refusals?.note(decided, decision.reasonCode);
  const result = await withAdvice(parts, decided, combined, answered);
  if (refused.kind === 'to_ask' && result.status === 'held') announce(parts.onHeld, result);
  return { kind: 'answered', result };
}
