import { joinDecisions, type PolicyReference, type RuleFinding } from '@spanforge/core-events';
import { type CombinedDecision, NO_OBJECTION } from '../model/combined-decision.js';
import { joinLists } from '../model/join-lists.js';
import { askControl, type ControlRequest, type NamedSlot } from './ask-control.js';
import { objectionsOf, whoAsks } from './who-asks.js';

/**
 * Asks the controls in order and joins their decisions. When enforcing, the first `block` ends it;
 * in shadow mode every control is asked.
 */
export async function askControls(
  slots: readonly NamedSlot[],
  request: ControlRequest,
  signal: AbortSignal | undefined,
): Promise<CombinedDecision> {
  let decision = NO_OBJECTION;
  let policy: PolicyReference | undefined;
  let cause: unknown;
  let ids: readonly string[] = [];
  let askedBy: readonly string[] = [];
  let objections: readonly RuleFinding[] = [];
  const notAsked: string[] = [];
  for (const slot of slots) {
    const over = decision.outcome === 'block' && request.question.call.mode === 'enforce';
    if (slot.kind === 'missing' || over || signal?.aborted) {
      notAsked.push(slot.name);
      continue;
    }
    const answer = await askControl(slot, request);
    const { outcome, obligations, reason, reasonCode } = answer.decision;
    decision = joinDecisions(decision, { outcome, obligations, reason, reasonCode });
    ids = joinLists(ids, answer.ids);
    policy = answer.decision.policy ?? policy;
    cause ??= answer.cause;
    if (outcome === 'block' || outcome === 'human_review') {
      objections = [...objections, ...objectionsOf(answer.decision)];
    }
    if (outcome === 'human_review')
      askedBy = joinLists(askedBy, whoAsks(slot.name, answer.decision));
  }
  return { decision, ids, notAsked, askedBy, objections, policy, cause };
}
