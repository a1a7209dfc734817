import {
  type Decision,
  joinDecisions,
  OUTCOMES,
  type Outcome,
  type PolicyVerdict,
  strictest,
} from '@spanforge/core-events';
import type { ManifestChain } from './delegation.js';
import { actionsOn, coversAction } from './grants.js';

/** What an agent wants to do. */
export interface ScopeRequest {
  readonly agentId: string;
  readonly resource: string;
  readonly action: string;
  /** A capability the agent must have declared, in addition to the grant on the resource. */
  readonly capability?: string;
}

/** The facts the rule decides on, besides the request and the manifests. */
export interface ScopeFacts {
  readonly circuitOpen: boolean;
  readonly chain: ManifestChain;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** Why a request was granted or denied, as a stable code. */
export type ScopeReasonCode =
  | 'granted'
  | 'capability_missing'
  | 'resource_not_granted'
  | 'action_not_granted'
  | 'circuit_open'
  | 'no_manifest'
  | 'manifest_expired'
  | 'delegation_broken'
  | 'request_invalid'
  | 'store_unavailable'
  | 'policy_unavailable'
  | 'evidence_unavailable';

/** What the manifests say, before a policy is asked. */
export interface ScopeFinding {
  readonly granted: boolean;
  /** The least strict outcome of a denial; a policy can only make it stricter. */
  readonly otherwise: 'block' | 'escalate';
  readonly reason: string;
  readonly reasonCode: ScopeReasonCode;
}

/** Outcomes a scope record can carry: those of every control, and `escalate`. */
export type ScopeOutcome = Outcome | 'escalate';

/** A decision of this package. Joined with others, `escalate` counts as `human_review`. */
export interface ScopeDecision extends Decision {
  /** True when the manifests grant it and nothing blocks it or holds it for a person. */
  readonly allowed: boolean;
  /** The outcome as recorded. */
  readonly scopeOutcome: ScopeOutcome;
}

const SENTENCES: Readonly<Record<ScopeReasonCode, string>> = {
  granted: 'the manifest grants this action',
  capability_missing: 'the agent has not declared the required capability',
  resource_not_granted: 'the manifest grants nothing on this resource',
  action_not_granted: 'the manifest does not grant this action on the resource',
  circuit_open: 'circuit breaker is open; failing secure',
  no_manifest: 'no manifest is registered for this agent',
  manifest_expired: 'the manifest, or one it was delegated from, has expired',
  delegation_broken: 'the manifest was delegated from one that is not there',
  request_invalid: 'the request is not well-formed',
  store_unavailable: 'the registered manifests cannot be read',
  policy_unavailable: 'the policy gave no answer',
  evidence_unavailable: 'the decision cannot be recorded',
};

/** A `block` that does not depend on the manifest's `onDenied`. */
export function refusal(reasonCode: ScopeReasonCode): ScopeFinding {
  return { granted: false, otherwise: 'block', reason: SENTENCES[reasonCode], reasonCode };
}

/**
 * The whole rule of this package. Order: breaker, manifest, its delegation and expiry, capability,
 * resource, action. If a manifest was delegated, every manifest of the chain must grant the request.
 */
export function decide(facts: ScopeFacts, request: ScopeRequest): ScopeFinding {
  return decideBy(facts, (manifests) => judge(manifests, request));
}

/** The rule without the resource and the action: has the agent declared this capability. */
export function decideCapability(facts: ScopeFacts, capability: string): ScopeFinding {
  return decideBy(facts, (manifests) =>
    hasCapability(manifests, capability) ? 'granted' : 'capability_missing',
  );
}

type Manifests = ManifestChain['manifests'];

function decideBy(
  facts: ScopeFacts,
  judgeBy: (manifests: Manifests) => ScopeReasonCode,
): ScopeFinding {
  const { manifests, broken } = facts.chain;
  if (facts.circuitOpen) return refusal('circuit_open');
  if (manifests.length === 0) return refusal('no_manifest');
  if (broken) return refusal('delegation_broken');
  const expired = manifests.some(
    ({ expiresAt }) => expiresAt !== undefined && !(facts.nowMs < Date.parse(expiresAt)),
  );
  if (expired) return refusal('manifest_expired');
  const reasonCode = judgeBy(manifests);
  const escalates = manifests.every(({ onDenied }) => onDenied === 'escalate');
  return {
    granted: reasonCode === 'granted',
    otherwise: escalates ? 'escalate' : 'block',
    reason: SENTENCES[reasonCode],
    reasonCode,
  };
}

function hasCapability(manifests: Manifests, capability: string): boolean {
  return manifests.every((manifest) => manifest.capabilities.includes(capability));
}

function judge(manifests: Manifests, request: ScopeRequest): ScopeReasonCode {
  const { capability, resource, action } = request;
  if (capability !== undefined && !hasCapability(manifests, capability)) {
    return 'capability_missing';
  }
  const lists = manifests.map((manifest) => actionsOn(manifest, resource));
  if (lists.some((list) => list === undefined)) return 'resource_not_granted';
  return lists.every((list) => list !== undefined && coversAction(list, action))
    ? 'granted'
    : 'action_not_granted';
}

const HELD: readonly Outcome[] = ['human_review', 'block'];

/**
 * Combines the finding of the manifests with the verdict of a policy; the stricter one counts. A
 * denial stays at least `block`, or `human_review` if the manifests escalate, whatever the policy
 * says. The policy's obligations are always kept.
 */
export function conclude(finding: ScopeFinding, verdict?: PolicyVerdict): ScopeDecision {
  if (verdict !== undefined && !OUTCOMES.includes(verdict.outcome)) {
    return conclude(refusal('policy_unavailable'));
  }
  const { reason, reasonCode } = finding;
  if (finding.granted) {
    const granted: Decision = { outcome: 'allow', obligations: [], reason, reasonCode };
    return release(verdict === undefined ? granted : joinDecisions(granted, verdict));
  }
  const obligations = verdict?.obligations ?? [];
  const denied = finding.otherwise === 'escalate' ? 'human_review' : 'block';
  const outcome = strictest(verdict?.outcome ?? denied, denied);
  // The record says `escalate` where the manifests, not the policy, ask for a person.
  const escalated = outcome === 'human_review' && verdict?.outcome !== 'human_review';
  const scopeOutcome = escalated ? 'escalate' : outcome;
  return { outcome, obligations, reason, reasonCode, allowed: false, scopeOutcome };
}

// A verdict has more members than a decision; only those of a decision are returned.
function release({ outcome, obligations, reason, reasonCode }: Decision): ScopeDecision {
  const allowed = !HELD.includes(outcome);
  return { outcome, obligations, reason, reasonCode, allowed, scopeOutcome: outcome };
}
