import {
  draftDecisionRecord,
  type EvidenceContext,
  type PolicyAnswer,
  type RecordDraft,
  type Recorder,
  type RecordMode,
  recordableName,
} from '@spanforge/core-events';
import { type ScopeBody, scopeV1 } from '@spanforge/core-events/records';
import type { ScopeDecision, ScopeRequest } from './decide.js';

/** A copy of a request, and the context and mode of its records. */
export interface AskedScopeRequest {
  readonly request: ScopeRequest;
  readonly context: EvidenceContext;
  readonly recorder: Recorder;
  readonly mode: RecordMode | undefined;
}

/** What was decided about a request, and by what. */
export interface ScopeAnswer {
  readonly decision: ScopeDecision;
  readonly stateSize?: number | undefined;
  readonly policy?: PolicyAnswer | undefined;
  readonly policyDecisionId?: string | undefined;
}

/** The record of one decision. A refused request may hold anything: its record says `(invalid)`. */
export function draftDecision(asked: AskedScopeRequest, answer: ScopeAnswer): RecordDraft {
  const { request, context, mode } = asked;
  const { decision, stateSize, policy } = answer;
  const body: ScopeBody = {
    agentId: recordableName(request.agentId),
    resource: recordableName(request.resource),
    action: recordableName(request.action),
    capability: request.capability === undefined ? undefined : recordableName(request.capability),
    outcome: decision.scopeOutcome,
    allowed: decision.allowed,
    obligations: decision.obligations.length === 0 ? undefined : decision.obligations,
    reason: decision.reason,
    reasonCode: decision.reasonCode,
    policy,
  };
  const type = scopeV1.key;
  return draftDecisionRecord({
    type,
    context,
    body: scopeV1.toWire(body),
    mode,
    stateSize,
    policy,
  });
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
