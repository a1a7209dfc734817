import type {
  EvidenceContext,
  Outcome,
  PolicyReference,
  PolicyVerdict,
  RecordDraft,
  RecordMode,
} from '@spanforge/core-events';
import { type ScopeBody, scopeV1 } from '@spanforge/core-events/records';
import type { ScopeDecision, ScopeRequest } from './decide.js';
import { isName } from './names.js';

/** The bundle that was asked, and what it said. */
export interface ScopePolicyAnswer extends PolicyReference {
  readonly action: Outcome;
}

/** Everything about one decision that its record needs. */
export interface DecidedRequest {
  readonly request: ScopeRequest;
  readonly context: EvidenceContext;
  readonly mode?: RecordMode;
  readonly decision: ScopeDecision;
  readonly stateSize?: number;
  readonly policy?: ScopePolicyAnswer;
}

/** What a verdict says about the bundle it came from; undefined when none was active. */
export function policyAnswer(verdict: PolicyVerdict | undefined): ScopePolicyAnswer | undefined {
  const policy = verdict?.policy;
  if (verdict === undefined || policy === undefined) return undefined;
  const { id, version, digest } = policy;
  return { id, version, digest, action: verdict.outcome };
}

// A refused request may hold anything; its record says so and stays writable.
const recordable = (value: unknown): string => (isName(value) ? value : '(invalid)');

/** The record of one decision. */
export function draftDecision(decided: DecidedRequest): RecordDraft {
  const { request, context, mode, decision, stateSize, policy } = decided;
  const body: ScopeBody = {
    agentId: recordable(request.agentId),
    resource: recordable(request.resource),
    action: recordable(request.action),
    ...(request.capability === undefined ? {} : { capability: recordable(request.capability) }),
    outcome: decision.scopeOutcome,
    allowed: decision.allowed,
    ...(decision.obligations.length === 0 ? {} : { obligations: decision.obligations }),
    reason: decision.reason,
    reasonCode: decision.reasonCode,
    ...(policy === undefined ? {} : { policy }),
  };
  return {
    type: scopeV1.key,
    context,
    body: scopeV1.toWire(body),
    ...(mode === undefined ? {} : { mode }),
    ...(stateSize === undefined ? {} : { stateSize }),
    ...(policy === undefined
      ? {}
      : { policy: { id: policy.id, version: policy.version, digest: policy.digest } }),
  };
}

/** One record that stands for many refusals of a tenant that could not be kept one by one. */
export function draftMissed(first: RecordDraft, count: number): RecordDraft {
  const body: ScopeBody = {
    agentId: '*',
    resource: '*',
    action: '*',
    outcome: 'block',
    allowed: false,
    reason: `${count} further decisions were blocked while evidence could not be written`,
    reasonCode: 'decisions_missed',
  };
  return { type: scopeV1.key, context: first.context, body: scopeV1.toWire(body) };
}
