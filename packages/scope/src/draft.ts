import {
  type EvidenceContext,
  isName,
  type PolicyAnswer,
  type RecordDraft,
  type Recorder,
  type RecordMode,
} from '@spanforge/core-events';
import { type ScopeBody, scopeV1 } from '@spanforge/core-events/records';
import type { ScopeDecision, ScopeRequest } from './decide.js';

/** A copy of a request, and where the records about it belong. */
export interface AskedRequest {
  readonly request: ScopeRequest;
  readonly context: EvidenceContext;
  readonly recorder: Recorder;
  readonly mode: RecordMode | undefined;
}

/** What was decided about a request, and by what. */
export interface Answer {
  readonly decision: ScopeDecision;
  readonly stateSize?: number | undefined;
  readonly policy?: PolicyAnswer | undefined;
  readonly policyDecisionId?: string | undefined;
}

// A refused request may hold anything; its record says so and stays writable.
const recordable = (value: unknown): string => (isName(value) ? value : '(invalid)');

/** The record of one decision. */
export function draftDecision(asked: AskedRequest, answer: Answer): RecordDraft {
  const { request, context, mode } = asked;
  const { decision, stateSize, policy } = answer;
  const body: ScopeBody = {
    agentId: recordable(request.agentId),
    resource: recordable(request.resource),
    action: recordable(request.action),
    capability: request.capability === undefined ? undefined : recordable(request.capability),
    outcome: decision.scopeOutcome,
    allowed: decision.allowed,
    obligations: decision.obligations.length === 0 ? undefined : decision.obligations,
    reason: decision.reason,
    reasonCode: decision.reasonCode,
    policy,
  };
  const draft: { -readonly [Part in keyof RecordDraft]: RecordDraft[Part] } = {
    type: scopeV1.key,
    context,
    body: scopeV1.toWire(body),
  };
  if (mode !== undefined) draft.mode = mode;
  if (stateSize !== undefined) draft.stateSize = stateSize;
  if (policy !== undefined) {
    draft.policy = { id: policy.id, version: policy.version, digest: policy.digest };
  }
  return draft;
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
