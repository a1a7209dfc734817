import {
  draftDecisionRecord,
  type EvidenceContext,
  type PolicyAnswer,
  type RecordDraft,
  type Recorder,
  type RecordMode,
  recordableName,
} from '@spanforge/core-events';
import { type RbacBody, rbacV1 } from '@spanforge/core-events/records';
import type { RbacDecision, RbacRequest } from './decide.js';

/** A copy of a request, and the context and mode of its records. */
export interface AskedRbacRequest {
  readonly request: RbacRequest;
  readonly context: EvidenceContext;
  readonly recorder: Recorder;
  readonly mode: RecordMode | undefined;
}

/** What was decided about a request, and by what. */
export interface RbacAnswer {
  readonly decision: RbacDecision;
  readonly stateSize?: number | undefined;
  readonly policy?: PolicyAnswer | undefined;
  readonly policyDecisionId?: string | undefined;
}

// A refused request may hold anything: its record says `(invalid)`.
function bodyOf({ request }: AskedRbacRequest, { decision, policy }: RbacAnswer): RbacBody {
  const { requiredRoles, anyOf } = request;
  const required = Array.isArray(requiredRoles)
    ? requiredRoles.slice(0, 256).map(recordableName)
    : [];
  return {
    actorId: recordableName(request.actorId),
    resource: recordableName(request.resource),
    action: recordableName(request.action),
    requiredRoles: required.length === 0 ? undefined : required,
    match: required.length === 0 ? undefined : anyOf === true ? 'any' : 'all',
    effectiveRoles: decision.effectiveRoles,
    outcome: decision.outcome,
    allowed: decision.allowed,
    obligations: decision.obligations.length === 0 ? undefined : decision.obligations,
    reason: decision.reason,
    reasonCode: decision.reasonCode,
    policy,
  };
}

/** The record of one decision. */
export function draftDecision(asked: AskedRbacRequest, answer: RbacAnswer): RecordDraft {
  const { context, mode } = asked;
  const { stateSize, policy } = answer;
  const body = rbacV1.toWire(bodyOf(asked, answer));
  return draftDecisionRecord({ type: rbacV1.key, context, body, mode, stateSize, policy });
}
