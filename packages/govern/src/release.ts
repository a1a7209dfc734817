import { joinObligations, type Obligation } from '@spanforge/core-events';
import { executionStartedV1 } from '@spanforge/core-events/records';
import { openDisclosure } from '@spanforge/core-signing';
import { type Action, blocked, reportOf } from './action.js';
import { type BegunBefore, valueAt } from './begun-before.js';
import { commitStage } from './commit.js';
import { concludeResult } from './conclude.js';
import { type Approval, consumedDraft, endedDraft, redecided } from './drafts.js';
import type { Judgement } from './judge.js';
import { judgeResult } from './judge-result.js';
import { joinLabels } from './past/labels.js';
import type { GovernedResult } from './result.js';
import type { Review } from './review-state.js';
import type { Stop } from './settle.js';
import { unrecorded } from './stop.js';

/** The review of a withheld result, where this very caller asked for it. */
async function reviewOf(
  { setup, call }: Action,
  { ended }: BegunBefore,
): Promise<Review | undefined> {
  if (ended?.status !== 'withheld' || ended.reviewId === undefined) return undefined;
  const review = await setup.reviews.get(ended.reviewId);
  if (review === undefined || review.callId !== call.callId || review.tool !== call.tool) {
    return undefined;
  }
  const { tenant, run, agent, actor } = review.context;
  const own = call.context;
  const same = tenant === own.tenant && run === own.run && agent === own.agent;
  return same && actor === own.actor ? review : undefined;
}

function obligationsOf({ ended }: BegunBefore, review: Review): readonly Obligation[] {
  const then = (ended?.obligations ?? []) as readonly Obligation[];
  return joinObligations(then, review.obligations);
}

const NOT_NOW = blocked('review_mismatch', 'The result is decided about more strictly by now.');
const CONSUMED = blocked('approval_consumed', 'The approval was used before.');

function stopped(judgement: Judgement, reviewId: string, decision = CONSUMED): Stop {
  const rest = { ...redecided(judgement, decision), ids: [] };
  return { kind: 'stop', status: 'blocked', judgement: rest, reviewId };
}

/** Releases what was recorded, once: the claim is the same that uses up any approval. */
async function release(
  action: Action,
  judgement: Judgement,
  before: BegunBefore,
  review: Review,
): Promise<GovernedResult<unknown> | Stop | undefined> {
  const { setup, call } = action;
  const { started, ended } = before;
  const recorded = ended && (await valueAt(setup.log, ended.index, ended.values?.result));
  if (ended === undefined || recorded === undefined) return undefined;
  const obligations = joinObligations(
    obligationsOf(before, review),
    judgement.decision.obligations,
  );
  const known = redecided(judgement, { ...judgement.decision, obligations });
  const approval: Approval = { reviewId: review.reviewId, binding: review.binding };
  const stage = setup.log.stage();
  try {
    const { value } = openDisclosure(recorded.encoded);
    const judged = await judgeResult(action, stage, { ...known, ids: [] }, value);
    if (judged.outcome === 'block') {
      stage.discard(undefined);
      return stopped(judged.judgement, review.reviewId, NOT_NOW);
    }
    const reason = 'A reviewer approved this result.';
    const decision = { ...judged.judgement.decision, reason, reasonCode: 'approved' };
    const approved = redecided(judged.judgement, decision);
    const labels = joinLabels(judged.labels, ended.labels ?? []);
    const free = { ...judged, judgement: approved, outcome: 'allow' as const, labels };
    const conclusion = concludeResult(action, free, approval);
    const ending = { ...conclusion.ending, executed: false };
    const { startedId } = ended;
    const draft = endedDraft(action, approved, ending, { startedId });
    await stage.append([consumedDraft(action, approval), draft]);
    const claim = { claim: `review:${review.reviewId}` };
    const committed = await commitStage(stage, claim, setup.commitTimeoutMs);
    if (committed.status === 'claimed') return stopped(judgement, review.reviewId);
    if (committed.status !== 'stored') {
      const cause = committed.status === 'duplicate' ? undefined : committed.cause;
      return unrecorded(action, judgement, cause);
    }
    const { receipts } = committed;
    const given = started && executionStartedV1.fromWire(started.body).values?.args;
    setup.traces?.add(call.context, {
      callId: call.callId,
      tool: call.tool,
      kind: 'result',
      labels,
      args: started && (await valueAt(setup.log, started.index, given)),
      value: ending.released ?? ending.value,
      endedAt: receipts.at(-1)?.index,
    });
    const rest = { executed: false, decisions: approved.ids, receipts };
    return conclusion.answer(reportOf(action, decision, rest));
  } catch (cause) {
    stage.discard(cause);
    return unrecorded(action, judgement, cause);
  }
}

/**
 * What becomes of a call that was begun before and whose result waits for a person: with an
 * approval the recorded result is released, without the tool being run again. `undefined` where
 * there is nothing of the kind.
 */
export async function releaseWithheld(
  action: Action,
  judgement: Judgement,
  before: BegunBefore,
  otherwise: Stop,
): Promise<GovernedResult<unknown> | Stop> {
  try {
    const review = await reviewOf(action, before);
    if (review === undefined) return otherwise;
    const { reviewId } = review;
    if (review.state !== 'approved') return { ...otherwise, reviewId };
    return (await release(action, judgement, before, review)) ?? { ...otherwise, reviewId };
  } catch {
    // What cannot be read releases nothing.
    return otherwise;
  }
}
