import type {
  EvidenceContext,
  PolicyVerdict,
  RecordDraft,
  RecordMode,
} from '@spanforge/core-events';
import { type RbacBody, rbacV1 } from '@spanforge/core-events/records';
import type { RbacDecision, RbacRequest } from './decide.js';
import { isName } from './names.js';
import type { RbacPolicyAnswer } from './types.js';

/** Everything about one decision that its record needs. */
export interface DecidedRequest {
  readonly request: RbacRequest;
  readonly context: EvidenceContext;
  readonly mode?: RecordMode;
  readonly decision: RbacDecision;
  readonly stateSize?: number;
  readonly policy?: RbacPolicyAnswer;
}

/** What a verdict says about the bundle it came from; undefined when none was active. */
export function policyAnswer(verdict: PolicyVerdict): RbacPolicyAnswer | undefined {
  if (verdict.policy === undefined) return undefined;
  const { id, version, digest } = verdict.policy;
  return { id, version, digest, action: verdict.outcome };
}

// A refused request may hold anything; its record says so and stays writable.
const recordable = (value: unknown): string => (isName(value) ? value : '(invalid)');

function bodyOf({ request, decision, policy }: DecidedRequest): RbacBody {
  const { requiredRoles, anyOf } = request;
  const required = Array.isArray(requiredRoles) ? requiredRoles.slice(0, 256).map(recordable) : [];
  return {
    actorId: recordable(request.actorId),
    resource: recordable(request.resource),
    action: recordable(request.action),
    ...(required.length === 0
      ? {}
      : { requiredRoles: required, match: anyOf === true ? 'any' : 'all' }),
    effectiveRoles: decision.effectiveRoles,
    outcome: decision.outcome,
    allowed: decision.allowed,
    ...(decision.obligations.length === 0 ? {} : { obligations: decision.obligations }),
    reason: decision.reason,
    reasonCode: decision.reasonCode,
    ...(policy === undefined ? {} : { policy }),
  };
}

/** The record of one decision. */
export function draftDecision(decided: DecidedRequest): RecordDraft {
  const { context, mode, stateSize, policy } = decided;
  return {
    type: rbacV1.key,
    context,
    body: rbacV1.toWire(bodyOf(decided)),
    ...(mode === undefined ? {} : { mode }),
    ...(stateSize === undefined ? {} : { stateSize }),
    ...(policy === undefined
      ? {}
      : { policy: { id: policy.id, version: policy.version, digest: policy.digest } }),
  };
}
