import {
  askPolicy,
  type DecisionScope,
  type HeardPolicy,
  type Obligation,
  type Outcome,
  type PolicyDecider,
  type PolicyVerdict,
  type RecordMode,
  strictness,
} from '@spanforge/core-events';
import type { GroundingStatus } from './status.js';
import type { GroundingPolicyAnswer, GroundingReasonCode } from './types.js';

/** The decision that follows from a grounding. */
export interface GroundingDecision {
  readonly outcome: Outcome;
  readonly obligations: readonly Obligation[];
  readonly reason: string;
  readonly reasonCode: GroundingReasonCode;
  readonly policy?: GroundingPolicyAnswer;
  /** Id of the policy's own record of this decision. */
  readonly policyDecisionId?: string;
}

const SENTENCES: Readonly<Record<Exclude<GroundingReasonCode, 'policy'>, string>> = {
  grounded: 'every claim of the answer is supported by its sources',
  partially_grounded: 'not every claim of the answer is supported well enough by its sources',
  ungrounded: 'no claim of the answer is supported by its sources',
  request_invalid: 'the answer and its sources could not be read',
  policy_unavailable: 'the policy could not be asked',
  evidence_unavailable: 'the grounding could not be recorded',
};

/** A refusal, for what cannot be assessed, decided or recorded. */
export function refusal(
  reasonCode: 'request_invalid' | 'policy_unavailable' | 'evidence_unavailable',
): GroundingDecision {
  return { outcome: 'block', obligations: [], reason: SENTENCES[reasonCode], reasonCode };
}

/** The service's own decision, without a policy. */
export function decideAlone(status: GroundingStatus, onUngrounded: Outcome): GroundingDecision {
  const outcome = status === 'grounded' ? 'allow' : onUngrounded;
  return { outcome, obligations: [], reason: SENTENCES[status], reasonCode: status };
}

/** Combines the decisions of service and policy: the stricter one counts. Pure. */
export function decideWith(alone: GroundingDecision, verdict: PolicyVerdict): GroundingDecision {
  const { policy, obligations } = verdict;
  const stricter = strictness(verdict.outcome) > strictness(alone.outcome);
  const joined: GroundingDecision = {
    outcome: stricter ? verdict.outcome : alone.outcome,
    obligations,
    reason: stricter ? verdict.reason : alone.reason,
    reasonCode: stricter ? 'policy' : alone.reasonCode,
  };
  if (policy === undefined) return joined;
  const { id, version, digest } = policy;
  return { ...joined, policy: { id, version, digest, action: verdict.outcome } };
}

/** Under which names the policy is asked. */
export const GROUNDING_QUESTION = Object.freeze({
  service: 'sf_rag',
  control: 'grounding_threshold',
});

/**
 * Asks the policy once. Undefined if it is missing, fails, is too slow or gives an invalid answer.
 */
export async function askAboutGrounding(
  decider: PolicyDecider | undefined,
  timeoutMs: number,
  question: {
    readonly scope: DecisionScope;
    readonly mode: RecordMode | undefined;
    readonly observed: number;
    readonly facts: Readonly<Record<string, unknown>>;
    readonly nowMs: number;
  },
): Promise<HeardPolicy | undefined> {
  const { scope, mode, observed, facts, nowMs } = question;
  const { context } = scope;
  const request = {
    ...GROUNDING_QUESTION,
    actor: { id: context.actor },
    agent: { id: context.agent },
    env: context.env,
    observed,
    context: facts,
    time: nowMs,
  };
  return askPolicy(decider, request, { timeoutMs, scope, mode });
}
