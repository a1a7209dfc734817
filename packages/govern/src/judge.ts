import { type Decision, joinDecisions, type PolicyReference } from '@spanforge/core-events';
import { type Asking, askControl, type Question } from './ask.js';
import { joinLists } from './join-lists.js';

/** What all controls said together. */
export interface Judgement {
  readonly decision: Decision;
  /** Ids of the records that hold their decisions. */
  readonly ids: readonly string[];
  /** Controls that were not installed, or not reached because an earlier one had blocked. */
  readonly notAsked: readonly string[];
  readonly policy: PolicyReference | undefined;
  /** The error behind the decision, where there is one. */
  readonly cause: unknown;
}

/** What stands when no control objects. */
export const NO_OBJECTION: Decision = Object.freeze({
  outcome: 'allow',
  obligations: Object.freeze([]),
  reason: 'No control objected.',
  reasonCode: 'allowed',
});

/**
 * Asks the controls in order and joins what they say. Enforcing, the first `block` ends it; a
 * shadow hears them all.
 */
export async function judge(
  questions: readonly Question[],
  asking: Asking,
  signal: AbortSignal | undefined,
): Promise<Judgement> {
  let decision = NO_OBJECTION;
  let policy: PolicyReference | undefined;
  let cause: unknown;
  let ids: readonly string[] = [];
  const notAsked: string[] = [];
  for (const { name, ask } of questions) {
    const over = decision.outcome === 'block' && asking.call.mode === 'enforce';
    if (ask === undefined || over || signal?.aborted) {
      notAsked.push(name);
      continue;
    }
    const answer = await askControl(name, ask, asking);
    const { outcome, obligations, reason, reasonCode } = answer.decision;
    decision = joinDecisions(decision, { outcome, obligations, reason, reasonCode });
    ids = joinLists(ids, answer.ids);
    policy = answer.decision.policy ?? policy;
    cause ??= answer.cause;
  }
  return { decision, ids, notAsked, policy, cause };
}
