import type { Action } from './action.js';
import type { BegunBefore } from './begun-before.js';
import { type Approval, redecided } from './drafts.js';
import type { Judgement } from './judge.js';
import { redeem } from './redeem.js';

/** A call that is not run, and why. */
export interface Stop {
  readonly kind: 'stop';
  readonly status: 'blocked' | 'held' | 'cancelled';
  readonly judgement: Judgement;
  readonly reviewId?: string;
  /** True when a person has not been asked yet. */
  readonly ask?: boolean;
  /** What is known of the same call, where it was begun before. */
  readonly before?: BegunBefore;
}

/** What is to be done with a call after everybody was asked. */
export type Settled =
  | Stop
  | { readonly kind: 'run'; readonly judgement: Judgement; readonly approval?: Approval };

/** Looks for the approval of a call that needs a person, and settles by what is found. */
export async function settleReview(action: Action, judgement: Judgement): Promise<Settled> {
  const redemption = await redeem(action, judgement.decision);
  switch (redemption.kind) {
    case 'approved': {
      const { decision, approval } = redemption;
      return { kind: 'run', judgement: redecided(judgement, decision), approval };
    }
    case 'pending': {
      const { reviewId } = redemption.review;
      return { kind: 'stop', status: 'held', judgement, reviewId };
    }
    case 'unasked': {
      const reviewId = action.setup.ids();
      return { kind: 'stop', status: 'held', judgement, reviewId, ask: true };
    }
    case 'refused': {
      const { decision, reviewId, cause } = redemption;
      const stop = { kind: 'stop', status: 'blocked' } as const;
      const refused = { ...stop, judgement: redecided(judgement, decision, cause) };
      return reviewId === undefined ? refused : { ...refused, reviewId };
    }
  }
}

/**
 * Turns what the controls said into what is done: the tool is run, the call stops here, or a
 * person has the say; see {@link settleReview}.
 */
export function settle(action: Action, judgement: Judgement): Settled | 'review' {
  const { mode, signal } = action.call;
  if (signal?.aborted) return { kind: 'stop', status: 'cancelled', judgement };
  if (mode === 'shadow' && action.tool.run) return { kind: 'run', judgement };
  const { outcome } = judgement.decision;
  if (outcome === 'block') return { kind: 'stop', status: 'blocked', judgement };
  return outcome === 'human_review' ? 'review' : { kind: 'run', judgement };
}
