import {
  type EvidenceContext,
  isName,
  type PolicyAnswer,
  type RecordDraft,
  type Recorder,
  type RecordMode,
} from '@spanforge/core-events';
import { type RbacBody, rbacV1 } from '@spanforge/core-events/records';
import type { RbacDecision, RbacRequest } from './decide.js';

/** A copy of a request, and where the records about it belong. */
export interface AskedRequest {
  readonly request: RbacRequest;
  readonly context: EvidenceContext;
  readonly recorder: Recorder;
  readonly mode: RecordMode | undefined;
}

/** What was decided about a request, and by what. */
export interface Answer {
  readonly decision: RbacDecision;
  readonly stateSize?: number | undefined;
  readonly policy?: PolicyAnswer | undefined;
  readonly policyDecisionId?: string | undefined;
}

// A refused request may hold anything; its record says so and stays writable.
const recordable = (value: unknown): string => (isName(value) ? value : '(invalid)');

function bodyOf({ request }: AskedRequest, { decision, policy }: Answer): RbacBody {
  const { requiredRoles, anyOf } = request;
  const required = Array.isArray(requiredRoles) ? requiredRoles.slice(0, 256).map(recordable) : [];
  return {
    actorId: recordable(request.actorId),
    resource: recordable(request.resource),
    action: recordable(request.action),
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
export function draftDecision(asked: AskedRequest, answer: Answer): RecordDraft {
  const { stateSize, policy } = answer;
  const draft: { -readonly [Part in keyof RecordDraft]: RecordDraft[Part] } = {
    type: rbacV1.key,
    context: asked.context,
    body: rbacV1.toWire(bodyOf(asked, answer)),
  };
  if (asked.mode !== undefined) draft.mode = asked.mode;
  if (stateSize !== undefined) draft.stateSize = stateSize;
  if (policy !== undefined) {
    draft.policy = { id: policy.id, version: policy.version, digest: policy.digest };
  }
  return draft;
}
