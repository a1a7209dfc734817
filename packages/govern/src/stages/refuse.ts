import type { Clock, Discloser, RecordDraft } from '@spanforge/core-events';
import type { Stage } from '@spanforge/core-events/log';
import { commitStage } from '../evidence/commit.js';
import { type EndingDetails, endedRecord } from '../evidence/records.js';
import { type CombinedDecision, EVIDENCE_UNAVAILABLE } from '../model/combined-decision.js';
import { type DecidedCall, type OpenCall, reportOf } from '../model/open-call.js';
import type { BlockedCall, CallReport, CancelledCall, HeldCall } from '../model/result.js';
import { requestReview } from '../reviews/request-review.js';
import { callKey } from '../reviews/review-state.js';
import type { RefusedCall } from './decide.js';

/** What refusing a call needs. */
export interface RefuseParts {
  readonly clock: Clock;
  readonly disclose: Discloser;
  readonly reviewTtlMs: number;
  readonly commitTimeoutMs: number;
}

/** What comes of a refused call. */
export type Refusal =
  | { readonly kind: 'answered'; readonly result: BlockedCall | HeldCall | CancelledCall }
  /** The same call, made at the same time, has already asked the person. */
  | { readonly kind: 'asked_before' };

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
    value: parts.disclose('args', decided.call.args),
    ...(kind === 'cancelled' ? {} : { reviewId: refused.reviewId }),
  };
  const ended = endedRecord(decided, combined, details);
  if (kind !== 'to_ask') return [ended];
  return [requestReview(parts, decided, combined, refused.reviewId, { kind: 'call' }), ended];
}

/** The answer to a call that did not run and of which nothing is on record. */
export function unrecordedCall(
  open: OpenCall,
  combined: CombinedDecision,
  cause: unknown,
): BlockedCall {
  const decision = { ...EVIDENCE_UNAVAILABLE, obligations: combined.decision.obligations };
  const report = reportOf(open, decision, { executed: false, decisions: [], receipts: [] });
  return { ...report, status: 'blocked', cause };
}

function answerOf(
  report: CallReport,
  refused: RefusedCall,
): BlockedCall | HeldCall | CancelledCall {
  if (refused.kind === 'cancelled') return { ...report, status: 'cancelled' };
  const { reviewId } = refused;
  if (refused.kind !== 'blocked') return { ...report, status: 'held', reviewId: refused.reviewId };
  const { cause } = refused.combined;
  return {
    ...report,
    status: 'blocked',
    ...(reviewId === undefined ? {} : { reviewId }),
    ...(cause === undefined ? {} : { cause }),
  };
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
  const committed = await commitStage(stage, options, parts.commitTimeoutMs);
  if (committed.kind === 'claimed') return { kind: 'asked_before' };
  if (committed.kind !== 'stored') return unrecorded(committed.cause);
  const { decision, ids: decisions } = combined;
  const { receipts } = committed;
  const report = reportOf(decided, decision, { executed: false, decisions, receipts });
  return { kind: 'answered', result: answerOf(report, refused) };
}
