import {
  type Awaitable,
  andThen,
  type Clock,
  type Recorder,
  type TimeLimit,
} from '@spanforge/core-events';
import type { NamedSlot } from '../controls/ask-control.js';
import { askControls } from '../controls/ask-controls.js';
import { type CombinedDecision, withDecision } from '../model/combined-decision.js';
import { disclosureOf } from '../model/governed-value.js';
import type { Approval, DecidedCall, OpenCall } from '../model/open-call.js';
import type { Review } from '../reviews/review-state.js';
import { redeemApproval } from './redeem-approval.js';
import type { RedeemParts } from './redemption.js';

/** What deciding about a call needs. */
export interface DecideParts {
  readonly before: readonly NamedSlot[];
  readonly controlLimit: TimeLimit;
  readonly clock: Clock;
}

/** A call that will not run, and why. */
export type RefusedCall =
  | {
      readonly kind: 'blocked';
      readonly combined: CombinedDecision;
      readonly reviewId: string | undefined;
    }
  | { readonly kind: 'cancelled'; readonly combined: CombinedDecision }
  /** A person has been asked before and has not decided yet. */
  | { readonly kind: 'pending'; readonly combined: CombinedDecision; readonly reviewId: string }
  /** A person is to be asked now, under this id. */
  | { readonly kind: 'to_ask'; readonly combined: CombinedDecision; readonly reviewId: string };

/** A call that is blocked. */
export type BlockedRefusal = Extract<RefusedCall, { kind: 'blocked' }>;

/** What happens to a call after the controls have answered. */
export type NextStep =
  | { readonly kind: 'run'; readonly decided: DecidedCall; readonly approval: Approval | undefined }
  /** `decided` is present when the decision is about edited arguments. */
  | { readonly kind: 'refuse'; readonly refused: RefusedCall; readonly decided?: DecidedCall }
  /** A reviewer edited the arguments: the controls have to decide about the edited call. */
  | { readonly kind: 'redecide'; readonly edited: EditedCall };

/** The arguments a reviewer approved in place of the agent's. */
export interface EditedCall {
  readonly args: unknown;
  readonly review: Review;
  readonly approval: Approval;
}

function toDecided(open: OpenCall, combined: CombinedDecision, decisionMs: number): DecidedCall {
  const { call, tool, args, argsValue, argsText, admissibility } = open;
  const { reviewId, callerLabels, propagation, declassifiedBy } = open;
  return {
    call,
    tool,
    args,
    argsValue,
    argsText,
    admissibility,
    reviewId,
    callerLabels,
    propagation,
    declassifiedBy,
    combined,
    decisionMs,
  };
}

/** Asks the controls about a call, unless govern has already refused it. */
export function decideCall(
  { before, controlLimit, clock }: DecideParts,
  open: OpenCall,
  recorder: Recorder,
): Awaitable<DecidedCall> {
  const { call, admissibility } = open;
  const decided = (combined: CombinedDecision): DecidedCall =>
    toDecided(open, combined, Math.max(0, clock() - call.time));
  if (admissibility.kind === 'askable' || call.mode === 'shadow') {
    const disclosed = { args: disclosureOf(open.argsValue), result: undefined };
    const question = { call, result: undefined, disclosed };
    const request = { question, recorder, limit: controlLimit };
    return andThen(askControls(before, request, call.signal), decided);
  }
  const { decision, cause } = admissibility;
  const notAsked = before.map(({ name }) => name);
  return decided({
    decision,
    ids: [],
    notAsked,
    askedBy: [],
    objections: [],
    policy: undefined,
    cause,
  });
}

const refuse = (refused: RefusedCall): NextStep => ({ kind: 'refuse', refused });

async function chooseByReview(parts: RedeemParts, decided: DecidedCall): Promise<NextStep> {
  const { combined } = decided;
  const redemption = await redeemApproval(parts, decided);
  switch (redemption.kind) {
    case 'approved': {
      const { decision, approval } = redemption;
      return {
        kind: 'run',
        decided: { ...decided, combined: withDecision(combined, decision) },
        approval,
      };
    }
    case 'edited':
      return { kind: 'redecide', edited: redemption };
    case 'pending':
      return refuse({ kind: 'pending', combined, reviewId: redemption.reviewId });
    case 'not_requested':
      return refuse({ kind: 'to_ask', combined, reviewId: parts.ids() });
    case 'refused': {
      const { decision, reviewId, cause } = redemption;
      const changed = withDecision(combined, decision, cause);
      return refuse({ kind: 'blocked', combined: changed, reviewId });
    }
  }
}

/** Turns a decision into the next step: run the tool, refuse the call, or let a person decide. */
export function chooseNextStep(parts: RedeemParts, decided: DecidedCall): Awaitable<NextStep> {
  const { call, combined, tool } = decided;
  if (call.signal?.aborted) return refuse({ kind: 'cancelled', combined });
  const run: NextStep = { kind: 'run', decided, approval: undefined };
  if (call.mode === 'shadow' && tool.kind === 'known') return run;
  const { outcome } = combined.decision;
  if (outcome === 'block') return refuse({ kind: 'blocked', combined, reviewId: undefined });
  return outcome === 'human_review' ? chooseByReview(parts, decided) : run;
}
