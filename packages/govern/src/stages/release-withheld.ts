import type { TimeLimit } from '@spanforge/core-events';
import { type EvidenceReader, joinObligations, type Obligation } from '@spanforge/core-events';
import type { StagingRecorder } from '@spanforge/core-events/log';
import { executionStartedV1 } from '@spanforge/core-events/records';
import { openDisclosure } from '@spanforge/core-signing';
import { judgeResult, type ResultControls } from '../controls/result-controls.js';
import { commitStage } from '../evidence/commit.js';
import type { EarlierAttempt } from '../evidence/earlier-attempt.js';
import { consumedRecord, endedRecord } from '../evidence/records.js';
import { readStoredValue } from '../evidence/stored-value.js';
import { blockDecision, withDecision } from '../model/combined-decision.js';
import { type Approval, type DecidedCall, reportOf } from '../model/open-call.js';
import type { GovernedResult } from '../model/result.js';
import type { Review } from '../reviews/review-state.js';
import type { Reviews } from '../reviews/reviews.js';
import { joinLabels } from '../trace/labels.js';
import type { Traces } from '../trace/traces.js';
import type { BlockedRefusal } from './decide.js';
import { type EndingParts, endWithResult } from './ending.js';
import { unrecordedCall } from './refuse.js';

/** What releasing a withheld result needs. */
export interface ReleaseParts extends EndingParts, ResultControls {
  readonly log: StagingRecorder & EvidenceReader;
  readonly reviews: Reviews;
  readonly traces: Traces | undefined;
  readonly commitLimit: TimeLimit;
}

/** The result of a repeated call whose tool ran before: released, or still refused. */
export type Release =
  | { readonly kind: 'released'; readonly result: GovernedResult<unknown> }
  | { readonly kind: 'refused'; readonly refused: BlockedRefusal };

type EndedAttempt = Extract<EarlierAttempt, { kind: 'ended' }>;

const STRICTER = blockDecision(
  'review_mismatch',
  'The result is now decided about more strictly than when it was reviewed.',
);
const CONSUMED = blockDecision('approval_consumed', 'The approval was used before.');

/** The review of a withheld result, if it was requested for this caller. */
async function reviewOf(
  reviews: Reviews,
  { call }: DecidedCall,
  { ending }: EndedAttempt,
): Promise<Review | undefined> {
  if (ending.status !== 'withheld' || ending.reviewId === undefined) return undefined;
  const review = await reviews.get(ending.reviewId);
  if (review === undefined || review.callId !== call.callId || review.tool !== call.tool) {
    return undefined;
  }
  const { tenant, run, agent, actor } = review.context;
  const own = call.context;
  const same = tenant === own.tenant && run === own.run && agent === own.agent;
  return same && actor === own.actor ? review : undefined;
}

function refuse(decided: DecidedCall, reviewId: string, decision: typeof CONSUMED): Release {
  const combined = { ...withDecision(decided.combined, decision), ids: [] };
  return { kind: 'refused', refused: { kind: 'blocked', combined, reviewId } };
}

/** The call with the obligations of its first decision, of its review and of now. */
function withAllObligations(
  decided: DecidedCall,
  { ending }: EndedAttempt,
  review: Review,
): DecidedCall {
  const { combined } = decided;
  const { decision } = combined;
  const then = (ending.obligations ?? []) as readonly Obligation[];
  const before = joinObligations(then, review.obligations);
  const obligations = joinObligations(before, decision.obligations);
  return { ...decided, combined: { ...combined, decision: { ...decision, obligations }, ids: [] } };
}

/** Releases the recorded result. A claim on the approval makes sure that this happens once. */
async function release(
  parts: ReleaseParts,
  decided: DecidedCall,
  earlier: EndedAttempt,
  review: Review,
): Promise<Release | undefined> {
  const { log } = parts;
  const { started, ending, ended: endedBefore } = earlier;
  const recorded = await readStoredValue(log, endedBefore, ending.values?.result);
  if (recorded === undefined) return undefined;
  const { reviewId, binding } = review;
  const approval: Approval = { reviewId, binding };
  const unrecorded = (cause: unknown): Release => ({
    kind: 'released',
    result: unrecordedCall(decided, decided.combined, cause),
  });
  const stage = log.stage();
  try {
    const { value } = openDisclosure(recorded.encoded);
    const bound = withAllObligations(decided, earlier, review);
    const judged = await judgeResult(parts, bound, value, stage);
    if (judged.outcome === 'block') {
      stage.discard(undefined);
      return refuse({ ...decided, combined: judged.combined }, reviewId, STRICTER);
    }
    const reason = 'A reviewer approved this result.';
    const decision = { ...judged.combined.decision, reason, reasonCode: 'approved' };
    const combined = withDecision(judged.combined, decision);
    const labels = joinLabels(judged.labels, ending.labels ?? []);
    const released = { ...judged, combined, outcome: 'allow' as const, labels };
    const answer = endWithResult(parts, bound, released, approval, undefined);
    const { details, further, resultOf } = answer;
    const { startedId } = ending;
    const ended = endedRecord(bound, combined, { ...details, executed: false, startedId });
    await stage.append([consumedRecord(decided, approval), ...further, ended]);
    const claim = { claim: `review:${reviewId}` };
    const committed = await commitStage(stage, claim, parts.commitLimit);
    if (committed.kind === 'claimed') return refuse(decided, reviewId, CONSUMED);
    if (committed.kind !== 'stored') return unrecorded(committed.cause);
    const { receipts } = committed;
    const given = started && executionStartedV1.fromWire(started.body).values?.args;
    const { callId, tool, context } = decided.call;
    parts.traces?.add(context, {
      callId,
      tool,
      kind: 'result',
      labels,
      args: started && (await readStoredValue(log, started, given)),
      value: details.released ?? details.value,
      endedAt: receipts.at(-1)?.index,
    });
    const rest = { executed: false, decisions: combined.ids, receipts };
    return { kind: 'released', result: resultOf(reportOf(decided, decision, rest)) };
  } catch (cause) {
    stage.discard(cause);
    return unrecorded(cause);
  }
}

/**
 * Handles a repeated call whose result is waiting for a reviewer. With an approval the recorded
 * result is released without running the tool again; otherwise the call stays refused.
 */
export async function releaseWithheld(
  parts: ReleaseParts,
  decided: DecidedCall,
  earlier: EarlierAttempt,
  refused: BlockedRefusal,
): Promise<Release> {
  const otherwise: Release = { kind: 'refused', refused };
  if (earlier.kind !== 'ended') return otherwise;
  try {
    const review = await reviewOf(parts.reviews, decided, earlier);
    if (review === undefined) return otherwise;
    const { reviewId } = review;
    const named: Release = { kind: 'refused', refused: { ...refused, reviewId } };
    if (review.state !== 'approved') return named;
    return (await release(parts, decided, earlier, review)) ?? named;
  } catch {
    // A review that cannot be read releases nothing.
    return otherwise;
  }
}
