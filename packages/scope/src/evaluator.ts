import {
  type Awaitable,
  andThen,
  askPolicy,
  type Clock,
  frozenContext,
  nameUnreadableRecord,
  type PolicyDecider,
  type PolicyRequest,
  type Recorder,
  within,
} from '@spanforge/core-events';
import type { Projected, Projection } from '@spanforge/core-events/log';
import type { Permit } from './breaker.js';
import {
  conclude,
  refusal,
  type ScopeDecision,
  type ScopeFacts,
  type ScopeFinding,
  type ScopeRequest,
} from './decide.js';
import { resolveChain } from './delegation.js';
import { type AskedScopeRequest, draftDecision, type ScopeAnswer } from './draft.js';
import type { EvidenceWriter } from './evidence-writer.js';
import type { ManifestRegistry } from './registry.js';
import type { ScopeCall, ScopeResult } from './types.js';

/** A request to decide, as it is recorded, and the rule that decides it. */
export interface ScopeQuestion {
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

/** Asks the policy and combines its verdict with the manifests; without an answer, `block`. */
async function hearPolicy(
  parts: EvaluatorParts,
  { request, context, recorder, mode }: AskedScopeRequest,
  finding: ScopeFinding,
  { capabilities, nowMs }: { readonly capabilities: readonly string[]; readonly nowMs: number },
): Promise<ScopeAnswer> {
  const question: PolicyRequest = {
    service: 'sf_scope',
    control: 'capability_enforcement',
    resource: request.resource,
    action: request.action,
    actor: { id: context.actor },
    agent: { id: request.agentId, capabilities },
    env: context.env,
    observed: finding.granted ? 1 : 0,
    time: nowMs,
  };
  const heard = await askPolicy(parts.policy, question, {
    timeoutMs: parts.lookupTimeoutMs,
    scope: { recorder, context },
    mode,
  });
  if (heard === undefined) return { decision: conclude(refusal('policy_unavailable')) };
  const { verdict, answer: policy, decisionId: policyDecisionId } = heard;
  return { decision: conclude(finding, verdict), policy, policyDecisionId };
}

/** Looks up the facts, then asks the rule and the policy; records nothing. */
function judge(
  parts: EvaluatorParts,
  question: ScopeQuestion,
  asked: AskedScopeRequest,
): Promise<ScopeAnswer> | ScopeAnswer {
  const nowMs = parts.clock();
  const judgeBy = ({ state, size: stateSize }: Projected<ManifestRegistry>) => {
    const { tenant } = asked.context;
    const chain = resolveChain((agentId) => state.find(tenant, agentId), asked.request.agentId);
    const finding = question.rule({ circuitOpen: false, chain, nowMs });
    if (!question.asksPolicy) return { decision: conclude(finding), stateSize };
    const capabilities = chain.manifests[0]?.capabilities ?? [];
    return hearPolicy(parts, asked, finding, { capabilities, nowMs }).then((answer) => ({
      ...answer,
      stateSize,
    }));
  };
  const known = parts.projection.fresh();
  if (known) return judgeBy(known);
  return within(parts.lookupTimeoutMs, () => parts.projection.current()).then(
    judgeBy,
    (error: unknown) => {
      const finding = refusal('store_unavailable');
      const reason = `${finding.reason}${nameUnreadableRecord(error)}`;
      return { decision: conclude({ ...finding, reason }) };
    },
  );
}

/** A decision with its basis, and the id of its record, if recorded. */
function resultOf(answer: ScopeAnswer, recordId?: string): ScopeResult {
  const { decision, stateSize, policy, policyDecisionId } = answer;
  const { outcome, obligations, reason, reasonCode, allowed, scopeOutcome } = decision;
  const result: { -readonly [Part in keyof ScopeResult]: ScopeResult[Part] } = {
    outcome,
    obligations,
    reason,
    reasonCode,
    allowed,
    scopeOutcome,
  };
  if (stateSize !== undefined) result.stateSize = stateSize;
  if (policy !== undefined) result.policy = policy;
  if (policyDecisionId !== undefined) result.policyDecisionId = policyDecisionId;
  if (recordId !== undefined) result.recordId = recordId;
  return result;
}

/** Decides without a record, and queues one to be written when the log answers again. */
function decideUnrecorded(
  parts: EvaluatorParts,
  asked: AskedScopeRequest,
  reasonCode: 'circuit_open' | 'evidence_unavailable',
): ScopeDecision {
  const decision = conclude(refusal(reasonCode));
  parts.writer.late.add(draftDecision(asked, { decision }));
  return decision;
}

/** Records an answer, which becomes `block` when it cannot be. */
function recordAnswer(
  parts: EvaluatorParts,
  asked: AskedScopeRequest,
  permit: Permit,
  answer: ScopeAnswer,
): Awaitable<ScopeResult> {
  const writing = parts.writer.write(permit, draftDecision(asked, answer), asked.recorder);
  return andThen(writing, (recordId) => {
    if (recordId !== undefined) return resultOf(answer, recordId);
    const decision = decideUnrecorded(parts, asked, 'evidence_unavailable');
    return resultOf({ ...answer, decision });
  });
}

/** Decides and records. A decision whose record could not be appended becomes `block`. */
export function evaluateQuestion(
  parts: EvaluatorParts,
  question: ScopeQuestion,
  call: ScopeCall,
): Awaitable<ScopeResult> {
  const { recorder = parts.recorder, mode } = call;
  const context = frozenContext(call.context);
  const asked = { request: question.request, context, recorder, mode };
  const permit = parts.writer.breaker.admit();
  if (permit === undefined) return decideUnrecorded(parts, asked, 'circuit_open');
  const failed = (error: unknown): never => {
    parts.writer.breaker.settle(permit, 'neither');
    throw error;
  };
  try {
    const judged = question.wellFormed
      ? judge(parts, question, asked)
      : { decision: conclude(refusal('request_invalid')) };
    const result = andThen(judged, (answer) => recordAnswer(parts, asked, permit, answer));
    return result instanceof Promise ? result.catch(failed) : result;
  } catch (error) {
    return failed(error);
  }
}
