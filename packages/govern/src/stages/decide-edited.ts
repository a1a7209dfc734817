import { joinObligations } from '@spanforge/core-events';
import type { Stage } from '@spanforge/core-events/log';
import { endedRecord } from '../evidence/records.js';
import { withDecision } from '../model/combined-decision.js';
import { requireDisclosure } from '../model/governed-value.js';
import type { DecidedCall, OpenCall } from '../model/open-call.js';
import { addPast, type PastParts } from './add-past.js';
import { type DecideParts, decideCall, type EditedCall, type NextStep } from './decide.js';
import { type ReopenParts, reopenCall } from './open-call.js';
import { checkApprovers } from './redeem-approval.js';
import type { RedeemParts } from './redemption.js';

/** What deciding about edited arguments needs. */
export interface DecideEditedParts extends DecideParts, PastParts, ReopenParts {
  readonly reviewers: RedeemParts['reviewers'];
  readonly reviewDemand: RedeemParts['reviewDemand'];
}

/**
 * Decides about a call with the arguments a reviewer put in place of the agent's. The original call
 * ends as held; only the edited call may run, and only if the current policy allows it.
 */
export async function decideEdited(
  parts: DecideEditedParts,
  open: OpenCall,
  asked: DecidedCall,
  { args, review, approval }: EditedCall,
  stage: Stage,
): Promise<NextStep> {
  const { reviewId } = review;
  const value = requireDisclosure(asked.argsValue);
  const held = { status: 'held', executed: false, reviewId, value } as const;
  await stage.append([endedRecord(asked, asked.combined, held)]);
  const edited = await decideCall(
    parts,
    await addPast(parts, reopenCall(parts, open, args)),
    stage,
  );
  const { combined } = edited;
  const refuse = (changed: typeof combined): NextStep => ({
    kind: 'refuse',
    decided: edited,
    refused: { kind: 'blocked', combined: changed, reviewId },
  });
  if (combined.decision.outcome === 'block') return refuse(combined);
  const lacking = await checkApprovers(parts, edited, review);
  if (lacking) return refuse(withDecision(combined, lacking));
  const decision = {
    ...combined.decision,
    obligations: joinObligations(review.obligations, combined.decision.obligations),
    reason: 'A reviewer approved this call with other arguments.',
    reasonCode: 'approved_edited',
  };
  return {
    kind: 'run',
    decided: { ...edited, combined: withDecision(combined, decision) },
    approval,
  };
}
