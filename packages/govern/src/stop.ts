import type { RecordDraft } from '@spanforge/core-events';
import type { Stage } from '@spanforge/core-events/log';
import { type Action, blocked, reportOf } from './action.js';
import { commitStage } from './commit.js';
import { endedDraft, requestedDraft } from './drafts.js';
import type { Judgement } from './judge.js';
import type { BlockedCall, CancelledCall, HeldCall } from './result.js';
import { callKey } from './review-state.js';
import type { Stop } from './settle.js';

/** A call that was not run; `asked_before` when another call asked the person first. */
export type Stopped = BlockedCall | HeldCall | CancelledCall | 'asked_before';

/** What is answered when the evidence cannot be written. */
export const EVIDENCE_UNAVAILABLE = blocked(
  'evidence_unavailable',
  'The evidence of this call could not be recorded.',
);

function draftsOf(action: Action, stop: Stop): readonly RecordDraft[] {
  const { judgement, status, reviewId, ask } = stop;
  const args = action.setup.disclose('args', action.call.args);
  const ended = endedDraft(action, judgement, {
    status,
    executed: false,
    reviewId,
    value: args,
  });
  if (!ask || reviewId === undefined) return [ended];
  return [requestedDraft(action, judgement, reviewId), ended];
}

/** A call that did not run and of which nothing is on record. */
export function unrecorded(action: Action, judgement: Judgement, cause: unknown): BlockedCall {
  const rest = { executed: false, decisions: [], receipts: [] };
  const { obligations } = judgement.decision;
  const decision = { ...EVIDENCE_UNAVAILABLE, obligations };
  return { ...reportOf(action, decision, rest), status: 'blocked', cause };
}

function claimOf({ call }: Action, { ask }: Stop): { claim?: string } {
  return ask ? { claim: `review-requested:${callKey(call.context, call.callId)}` } : {};
}

/** Ends a call that is not run, in one commit. Never rejects. */
export async function stopCall(action: Action, stage: Stage, stop: Stop): Promise<Stopped> {
  const { judgement, status, reviewId } = stop;
  try {
    await stage.append(draftsOf(action, stop));
  } catch (cause) {
    stage.discard(cause);
    return unrecorded(action, judgement, cause);
  }
  const committed = await commitStage(stage, claimOf(action, stop), action.setup.commitTimeoutMs);
  if (committed.status === 'claimed') return 'asked_before';
  if (committed.status !== 'stored') {
    return unrecorded(
      action,
      judgement,
      committed.status === 'duplicate' ? undefined : committed.cause,
    );
  }
  const { decision, ids, cause } = judgement;
  const { receipts } = committed;
  const report = reportOf(action, decision, { executed: false, decisions: ids, receipts });
  if (status === 'held') return { ...report, status, reviewId: reviewId as string };
  if (status === 'cancelled') return { ...report, status };
  return {
    ...report,
    status,
    ...(reviewId === undefined ? {} : { reviewId }),
    ...(cause === undefined ? {} : { cause }),
  };
}
