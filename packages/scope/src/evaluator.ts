import type {
  Clock,
  EvidenceContext,
  PolicyDecider,
  RecordDraft,
  Recorder,
} from '@spanforge/core-events';
import type { Projection } from '@spanforge/core-events/log';
import { scopeV1 } from '@spanforge/core-events/records';
import { askPolicy } from './ask-policy.js';
import {
  conclude,
  refusal,
  type ScopeDecision,
  type ScopeFacts,
  type ScopeFinding,
  type ScopeRequest,
} from './decide.js';
import { type ManifestChain, resolveChain } from './delegation.js';
import { type DecidedRequest, draftDecision, policyAnswer } from './draft.js';
import type { EvidenceWriter } from './evidence-writer.js';
import type { ManifestRegistry } from './registry.js';
import { within } from './timeout.js';
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

type Undecided = Omit<DecidedRequest, 'decision'>;

interface Answer {
  readonly decision: ScopeDecision;
  readonly found: Pick<DecidedRequest, 'stateSize' | 'policy'>;
  readonly heardPolicy?: true;
}

const NO_CHAIN: ManifestChain = { manifests: [], broken: false };

/** Finds out what there is to know, asks the rule and the policy; records nothing. Never rejects. */
async function judge(
  parts: EvaluatorParts,
  question: Question,
  context: EvidenceContext,
): Promise<Answer> {
  const { request, rule } = question;
  if (!question.wellFormed) return { decision: conclude(refusal('request_invalid')), found: {} };
  const nowMs = parts.clock();
  let chain = NO_CHAIN;
  let stateSize: number;
  try {
    const current = await within(parts.lookupTimeoutMs, () => parts.projection.current());
    const { tenant } = context;
    chain = resolveChain((agentId) => current.state.find(tenant, agentId), request.agentId);
    stateSize = current.size;
  } catch {
    return { decision: conclude(refusal('store_unavailable')), found: {} };
  }
  const finding = rule({ circuitOpen: false, chain, nowMs });
  if (!question.asksPolicy) return { decision: conclude(finding), found: { stateSize } };
  const capabilities = chain.manifests[0]?.capabilities ?? [];
  const verdict = await askPolicy(parts.policy, parts.lookupTimeoutMs, {
    request,
    context,
    finding,
    capabilities,
    nowMs,
  });
  if (!verdict) return { decision: conclude(refusal('policy_unavailable')), found: { stateSize } };
  const policy = policyAnswer(verdict);
  return {
    decision: conclude(finding, verdict),
    found: policy === undefined ? { stateSize } : { stateSize, policy },
    heardPolicy: true,
  };
}

/** Answers without a record, and sees to it that one is written when the log answers again. */
function answerUnrecorded(
  parts: EvaluatorParts,
  undecided: Undecided,
  reasonCode: 'circuit_open' | 'evidence_unavailable',
): ScopeResult {
  const decision = conclude(refusal(reasonCode));
  parts.writer.late.add(draftDecision({ ...undecided, decision }));
  return decision;
}

/** The answer with its record. A policy's answer that makes no record is no answer. */
function draftAnswer(undecided: Undecided, answer: Answer): Answer & { draft: RecordDraft } {
  const draft = draftDecision({ ...undecided, ...answer.found, decision: answer.decision });
  if (!answer.heardPolicy || scopeV1.schema.safeParse(draft.body).success) {
    return { ...answer, draft };
  }
  const decision = conclude(refusal('policy_unavailable'));
  return { decision, found: {}, draft: draftDecision({ ...undecided, decision }) };
}

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
  const undecided: Undecided = {
    request: question.request,
    // The caller may change its object while we wait.
    context: Object.freeze({ ...call.context }),
    ...(mode === undefined ? {} : { mode }),
  };
  const permit = parts.writer.breaker.admit();
  if (permit === undefined) return answerUnrecorded(parts, undecided, 'circuit_open');
  try {
    const answer = await judge(parts, question, undecided.context);
    const { draft, decision, found } = draftAnswer(undecided, answer);
    const recordId = await parts.writer.write(permit, draft, recorder);
    if (recordId !== undefined) return { ...decision, ...found, recordId };
    return { ...answerUnrecorded(parts, undecided, 'evidence_unavailable'), ...found };
  } catch (error) {
    parts.writer.breaker.settle(permit, 'neither');
    throw error;
  }
}
