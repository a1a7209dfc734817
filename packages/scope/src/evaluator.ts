import {
  type Clock,
  type EvidenceContext,
  type PolicyDecider,
  type Recorder,
  within,
} from '@spanforge/core-events';
import type { Projected, Projection } from '@spanforge/core-events/log';
import { scopeV1 } from '@spanforge/core-events/records';
import { askPolicy, type PolicyQuestion } from './ask-policy.js';
import {
  conclude,
  refusal,
  type ScopeDecision,
  type ScopeFacts,
  type ScopeFinding,
  type ScopeRequest,
} from './decide.js';
import { resolveChain } from './delegation.js';
import { type Answer, type AskedRequest, draftDecision, policyAnswer } from './draft.js';
import type { EvidenceWriter } from './evidence-writer.js';
import type { ManifestRegistry } from './registry.js';
import type { ScopeCall, ScopeResult } from './types.js';

/** One thing to be decided: as it is recorded, and by which rule. */
export interface Question {
  readonly request: ScopeRequest;
  readonly wellFormed: boolean;
  readonly rule: (facts: ScopeFacts) => ScopeFinding;
  readonly asksPolicy: boolean;
}

/** What the evaluator works with. */
export interface EvaluatorParts {
  readonly projection: Projection<ManifestRegistry>;
  readonly writer: EvidenceWriter;
  readonly recorder: Recorder;
  readonly policy: PolicyDecider | undefined;
  readonly clock: Clock;
  readonly lookupTimeoutMs: number;
}

/** What the manifests say joined with what the policy says; one that makes no record says nothing. */
async function hearPolicy(
  parts: EvaluatorParts,
  asked: AskedRequest,
  found: Pick<PolicyQuestion, 'finding' | 'capabilities' | 'nowMs'> & { readonly size: number },
): Promise<Answer> {
  const { request, context } = asked;
  const { finding, capabilities, nowMs, size: stateSize } = found;
  const question = { request, context, finding, capabilities, nowMs };
  const verdict = await askPolicy(parts.policy, parts.lookupTimeoutMs, question);
  if (!verdict) return { decision: conclude(refusal('policy_unavailable')), stateSize };
  const answer = { decision: conclude(finding, verdict), stateSize, policy: policyAnswer(verdict) };
  return scopeV1.schema.safeParse(draftDecision(asked, answer).body).success
    ? answer
    : { decision: conclude(refusal('policy_unavailable')) };
}

/** Finds out what there is to know, asks the rule and the policy; records nothing. */
function judge(
  parts: EvaluatorParts,
  question: Question,
  asked: AskedRequest,
): Promise<Answer> | Answer {
  const nowMs = parts.clock();
  const judgeBy = ({ state, size }: Projected<ManifestRegistry>) => {
    const { tenant } = asked.context;
    const chain = resolveChain((agentId) => state.find(tenant, agentId), asked.request.agentId);
    const finding = question.rule({ circuitOpen: false, chain, nowMs });
    if (!question.asksPolicy) return { decision: conclude(finding), stateSize: size };
    const capabilities = chain.manifests[0]?.capabilities ?? [];
    return hearPolicy(parts, asked, { finding, capabilities, nowMs, size });
  };
  const known = parts.projection.fresh();
  if (known) return judgeBy(known);
  return within(parts.lookupTimeoutMs, () => parts.projection.current()).then(judgeBy, () => ({
    decision: conclude(refusal('store_unavailable')),
  }));
}

/** A decision with what it rests on, and its record where there is one. */
function resultOf({ decision, stateSize, policy }: Answer, recordId?: string): ScopeResult {
  const result: { -readonly [Part in keyof ScopeResult]: ScopeResult[Part] } = { ...decision };
  if (stateSize !== undefined) result.stateSize = stateSize;
  if (policy !== undefined) result.policy = policy;
  if (recordId !== undefined) result.recordId = recordId;
  return result;
}

/** Decides without a record, and sees to it that one is written when the log answers again. */
function decideUnrecorded(
  parts: EvaluatorParts,
  asked: AskedRequest,
  reasonCode: 'circuit_open' | 'evidence_unavailable',
): ScopeDecision {
  const decision = conclude(refusal(reasonCode));
  parts.writer.late.add(draftDecision(asked, { decision }));
  return decision;
}

// A frozen context is handed on as it is: the log knows it again, and has its text ready.
const holdContext = (context: EvidenceContext): EvidenceContext =>
  context && Object.isFrozen(context) ? context : Object.freeze({ ...context });

/**
 * Decides and records. Only a decision that was appended is answered as it is; any other is
 * `block`. Never rejects.
 */
export async function evaluateQuestion(
  parts: EvaluatorParts,
  question: Question,
  call: ScopeCall,
): Promise<ScopeResult> {
  const { recorder = parts.recorder, mode } = call;
  const asked = { request: question.request, context: holdContext(call.context), mode };
  const permit = parts.writer.breaker.admit();
  if (permit === undefined) return decideUnrecorded(parts, asked, 'circuit_open');
  try {
    const answer = question.wellFormed
      ? await judge(parts, question, asked)
      : { decision: conclude(refusal('request_invalid')) };
    const recordId = await parts.writer.write(permit, draftDecision(asked, answer), recorder);
    if (recordId !== undefined) return resultOf(answer, recordId);
    const decision = decideUnrecorded(parts, asked, 'evidence_unavailable');
    return resultOf({ ...answer, decision });
  } catch (error) {
    parts.writer.breaker.settle(permit, 'neither');
    throw error;
  }
}
