import {
  type Decision,
  joinDecisions,
  OUTCOMES,
  type Outcome,
  type PolicyVerdict,
  WILDCARD,
} from '@spanforge/core-events';
import type { ActorRoles } from './actor.js';
import { type Permissions, permits } from './permissions.js';
import type { RoleMatrix } from './role-matrix.js';

/** What an actor wants to do, and which roles the host asks for. */
export interface RbacRequest {
  readonly actorId: string;
  readonly resource: string;
  readonly action: string;
  /** Roles the actor must have on the resource; none is required when absent or empty. */
  readonly requiredRoles?: readonly string[];
  /** One of `requiredRoles` is enough; false when absent. */
  readonly anyOf?: boolean;
}

/** What decides about an actor. */
export interface RbacRules {
  readonly roleMatrix: RoleMatrix;
  /** Absent: only the required roles count, and a request without any is denied. */
  readonly permissions?: Permissions;
}

/** Why a request was granted or denied, as a stable code. */
export type RbacReasonCode =
  | 'granted'
  | 'no_actor'
  | 'role_missing'
  | 'permission_missing'
  | 'nothing_required'
  | 'request_invalid'
  | 'store_unavailable'
  | 'policy_unavailable'
  | 'evidence_unavailable';

/** What the roles say, before a policy is asked. */
export interface RbacFinding {
  readonly granted: boolean;
  /** The actor's roles on the resource, expanded and sorted. */
  readonly effectiveRoles: readonly string[];
  readonly reason: string;
  readonly reasonCode: RbacReasonCode;
}

/** A decision of this package. */
export interface RbacDecision extends Decision {
  /** True when the roles grant it and nothing blocks it or holds it for a person. */
  readonly allowed: boolean;
  readonly effectiveRoles: readonly string[];
}

const SENTENCES: Readonly<Record<RbacReasonCode, string>> = {
  granted: 'the roles of the actor grant this action',
  no_actor: 'no roles are registered for this actor',
  role_missing: 'the actor lacks a required role on this resource',
  permission_missing: 'no role of the actor may do this on the resource',
  nothing_required: 'neither required roles nor permissions say who may do this',
  request_invalid: 'the request is not well-formed',
  store_unavailable: 'the registered roles cannot be read',
  policy_unavailable: 'the policy gave no answer',
  evidence_unavailable: 'the decision cannot be recorded',
};

/** A refusal for a reason that is not the actor's roles. */
export function refusal(reasonCode: RbacReasonCode): RbacFinding {
  const reason = SENTENCES[reasonCode];
  return { granted: false, effectiveRoles: [], reason, reasonCode };
}

/** The roles an actor has on a resource: its own, those on the resource, those on every resource. */
export function effectiveRoles(
  matrix: RoleMatrix,
  actor: ActorRoles,
  resource: string,
): readonly string[] {
  const here = rolesOn(actor, resource);
  const everywhere = rolesOn(actor, WILDCARD);
  if (here === undefined && everywhere === undefined) return matrix.expand(actor.roles);
  return matrix.expand([...actor.roles, ...(here ?? []), ...(everywhere ?? [])]);
}

function rolesOn({ resourceRoles }: ActorRoles, resource: string): readonly string[] | undefined {
  return Object.hasOwn(resourceRoles, resource) ? resourceRoles[resource] : undefined;
}

/**
 * The whole rule of this package. Order: actor, required roles, permissions. If both are given, both
 * must hold; if neither is given, the request is denied.
 */
export function decide(
  rules: RbacRules,
  actor: ActorRoles | undefined,
  request: RbacRequest,
): RbacFinding {
  if (actor === undefined) return refusal('no_actor');
  const roles = effectiveRoles(rules.roleMatrix, actor, request.resource);
  const reasonCode = judge(rules.permissions, roles, request);
  const granted = reasonCode === 'granted';
  return {
    granted,
    effectiveRoles: roles,
    reason: SENTENCES[reasonCode],
    reasonCode,
  };
}

function judge(
  permissions: Permissions | undefined,
  roles: readonly string[],
  request: RbacRequest,
): RbacReasonCode {
  const { requiredRoles = [], anyOf = false, resource, action } = request;
  const has = (role: string): boolean => roles.includes(role);
  if (requiredRoles.length > 0) {
    if (!(anyOf ? requiredRoles.some(has) : requiredRoles.every(has))) return 'role_missing';
  } else if (permissions === undefined) return 'nothing_required';
  if (permissions === undefined) return 'granted';
  return permits(permissions, roles, resource, action) ? 'granted' : 'permission_missing';
}

const HELD: readonly Outcome[] = ['human_review', 'block'];

/**
 * Combines the finding of the roles with the verdict of a policy; the stricter one counts. A denial
 * stays `block` whatever the policy says. The policy's obligations are always kept.
 */
export function conclude(finding: RbacFinding, verdict?: PolicyVerdict): RbacDecision {
  if (verdict !== undefined && !OUTCOMES.includes(verdict.outcome)) {
    return conclude(refusal('policy_unavailable'));
  }
  const { reason, reasonCode, effectiveRoles: roles } = finding;
  if (finding.granted) {
    const granted: Decision = { outcome: 'allow', obligations: [], reason, reasonCode };
    return release(verdict === undefined ? granted : joinDecisions(granted, verdict), roles);
  }
  const obligations = verdict?.obligations ?? [];
  return {
    ...{ outcome: 'block', obligations, reason, reasonCode },
    ...{ allowed: false, effectiveRoles: roles },
  };
}

// A verdict has more members than a decision; only those of a decision are returned.
function release(
  { outcome, obligations, reason, reasonCode }: Decision,
  effectiveRoles: readonly string[],
): RbacDecision {
  const allowed = !HELD.includes(outcome);
  return { outcome, obligations, reason, reasonCode, allowed, effectiveRoles };
}
